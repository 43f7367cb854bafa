package store_test

import _ "bouncer/tencent" // the kinds of rooms
