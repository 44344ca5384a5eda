/**
 * Packages that code outside of this repository imports, in the order of the site: an application embeds `edge` with
 * `kafka`. A source, or a tool, that writes records by itself uses `wire`. The signatures of both name
 * types of `protocol`, such as `Verdict` and `FreshetError`. An authority with policies uses `cedar`.
 * Tests of an application use `testing`.
 */
export const PUBLIC_PACKAGES: readonly string[] = [
  'edge',
  'kafka',
  'testing',
  'wire',
  'protocol',
  'cedar',
]
