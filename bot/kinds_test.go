package bot

import _ "bouncer/tencent" // the kinds of rooms
