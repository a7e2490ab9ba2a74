"""The worlds that annotations make: `python3 -m unittest tests/signatures.py`, in this folder."""

import unittest

from tractor_build.signatures import SignatureError, read


def functions(source: str) -> list[str]:
    return read(source, "app.py").functions


class Signatures(unittest.TestCase):
    def test_plain_types_are_those_of_wit(self) -> None:
        source = "@export\nasync def burn_cpu(n: u32, name: str, data: bytes, x: float, i: int) -> bool: ..."
        wit = "burn-cpu: async func(n: u32, name: string, data: list<u8>, x: f64, i: s64) -> result<bool, error>"
        self.assertEqual(functions(source), [wit])

    def test_compound_types_are_those_of_wit(self) -> None:
        source = "@export\ndef f(a: list[u8], b: tuple[u8, str], c: 'u64 | None' = None) -> list[list[str]]: ..."
        wit = "f: func(a: list<u8>, b: tuple<u8, string>, c: option<u64>) -> result<list<list<string>>, error>"
        self.assertEqual(functions(source), [wit])

    def test_context_is_the_first_parameter_only(self) -> None:
        source = "@tractor_guest.export\nasync def serve(ctx: tractor_guest.Context, n: u32) -> None: ..."
        self.assertEqual(functions(source), ["serve: async func(ctx: context, n: u32) -> result<_, error>"])
        with self.assertRaises(SignatureError):
            functions("@export\nasync def serve(n: u32, ctx: Context): ...")

    def test_what_needs_wit_is_refused_with_its_line(self) -> None:
        for bad in ("a: Point", "a", "*a: u8", "a: dict[str, u8]", "*, a: u8"):
            with self.assertRaises(SignatureError) as caught:
                functions(f"\n@export\ndef f({bad}): ...")
            self.assertIn("line 3: `f`: ", str(caught.exception))

    def test_program_exports_run(self) -> None:
        program = read("@program\nasync def run(): ...\n\ndef helper(a): ...", "app.py")
        self.assertTrue(program.runs)
        self.assertEqual(program.functions, [])
        self.assertIn("export run: async func(arguments: list<string>) -> result<_, error>;", program.world)
        self.assertNotIn("run:", read("x = 1", "app.py").world)


if __name__ == "__main__":
    unittest.main()
