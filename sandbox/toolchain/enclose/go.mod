module enclose

go 1.24
