package page

import _ "bouncer/tencent" // the kinds of rooms
