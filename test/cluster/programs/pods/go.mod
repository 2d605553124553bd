module example.org/damask/pods

go 1.23
