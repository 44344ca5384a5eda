/** Files that a process loads, and the texts of licenses. */
const KEPT = /\.(?:[cm]?js|json|wasm|node)$|(?:^|\/)(?:LICEN[CS]E|NOTICE|COPYING)[^/]*$/i
/** Folders beside the code of a package. Deeper ones can be code: `yaml` has `dist/doc`. */
const BESIDE = /^(?:tests?|__tests__|docs?|examples?|bench(?:marks?)?|coverage|\.[^/]+)\//
/** Forms of the same code for browsers and bundlers, which Node does not load. */
const OTHER_FORMS = [
  [/^@opentelemetry\//, /^build\/(?:esm|esnext)\//],
  [/^@cedar-policy\/cedar-wasm$/, /^(?:esm|web)\//],
  [/^csv-parse$/, /^dist\/(?:iife|umd|esm)\//],
  [/^yaml$/, /^browser\//],
]

/** Reports whether the image needs this file of a library. The path is relative to the package. */
export function isNeeded(name, path) {
  if (!KEPT.test(path) || BESIDE.test(path)) return false
  return !OTHER_FORMS.some(([names, paths]) => names.test(name) && paths.test(path))
}

/** Reports whether the image needs this file of a package of this repository, which has data beside its code. */
export function isOwnNeeded(path) {
  return !/(?:\.d\.ts|(?:^|\/)README\.md)$/.test(path)
}
