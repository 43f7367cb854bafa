package script

import _ "bouncer/tencent" // the kinds of rooms
