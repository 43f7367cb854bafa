package policy

import _ "bouncer/tencent" // the kinds of rooms
