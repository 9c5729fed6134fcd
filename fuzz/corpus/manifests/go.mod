module a

go 1.21

require (
	b.c/d v1.2.3 // indirect
)
replace b.c/d => ../d
