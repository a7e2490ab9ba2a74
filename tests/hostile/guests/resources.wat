;; Makes resources of its own, a million of them, whose handles the host keeps.
(component
  (type $r (resource (rep i32)))
  (canon resource.new $r (core func $new))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "go")
      (local $left i32)
      (local.set $left (i32.const 1000000))
      (loop $again
        (drop (call $new (local.get $left)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $again (local.get $left)))))
  (core instance $i (instantiate $m
    (with "" (instance (export "new" (func $new))))))
  (func (export "go") (canon lift (core func $i "go"))))
