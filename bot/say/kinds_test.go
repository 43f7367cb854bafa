package say

import _ "bouncer/tencent" // the kinds of rooms
