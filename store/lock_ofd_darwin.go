package store

// F_OFD_SETLK of macOS's <sys/fcntl.h>, which x/sys does not name.
const ofdSetLock = 90
