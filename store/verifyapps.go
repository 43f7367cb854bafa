package store

import "fmt"

// tablesOfApp are the tables whose rows are read by their application.
var tablesOfApp = []string{"cases", "targets", "case_rooms", "moves", "applied", "notes", "evidence", "reviews", "suspensions", "reports", "role_groups"}

// checkApps returns an error for the first row of another application, which a database does not
// have: people would not see it, and its restriction would never end.
func (a *rowVerifier) checkApps() error {
	for _, table := range tablesOfApp {
		for _, other := range []string{"<", ">"} { // finds nothing in an index at once
			apps, err := column[int64](a, `SELECT app FROM `+table+` WHERE app `+other+` ?`+limited, a.app, 1)
			if err != nil {
				return err
			}
			if len(apps) > 0 {
				return fmt.Errorf("a row of the table %s differs from the log: it belongs to application %d, which this database is not of", table, apps[0])
			}
		}
	}
	return nil
}
