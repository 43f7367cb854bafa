package storetest

import _ "bouncer/tencent" // the kinds of rooms
