;; Grows a table until it may not: `bomb` gives up then, `creep` goes on and gives how many elements there are.
(component
  (core module $m
    (table $t 1 funcref)
    (func $grow
      (loop $again
        (br_if $again
          (i32.ne (i32.const -1) (table.grow $t (ref.null func) (i32.const 1000))))))
    (func (export "bomb") (call $grow) (unreachable))
    (func (export "creep") (result i32) (call $grow) (table.size $t)))
  (core instance $i (instantiate $m))
  (func (export "bomb") (canon lift (core func $i "bomb")))
  (func (export "creep") (result u32) (canon lift (core func $i "creep"))))
