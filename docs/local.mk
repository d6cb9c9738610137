EXTRA_DIST += docs/FORMAT.md docs/HTTP.md docs/ARCHITECTURE.md
dist_man_MANS += docs/usersig.1
