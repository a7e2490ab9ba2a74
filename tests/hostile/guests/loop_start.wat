;; Computes for ever in the start function of its core module.
(component
  (core module $m
    (func $start (loop $again (br $again)))
    (start $start)
    (func (export "go")))
  (core instance $i (instantiate $m))
  (func (export "go") (canon lift (core func $i "go"))))
