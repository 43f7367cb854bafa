package sandbox

import _ "bouncer/tencent" // the kinds of rooms
