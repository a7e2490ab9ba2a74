;; Has 4 GiB of memory from the beginning.
(component
  (core module $m
    (memory 65536)
    (func (export "go")))
  (core instance $i (instantiate $m))
  (func (export "go") (canon lift (core func $i "go"))))
