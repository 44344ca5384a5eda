import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Rules of the protocol, by their numbers in docs/protocol/rules.md. */
export const RULES: readonly number[] = Array.from({ length: 52 }, (_, index) => index + 1)

const mention = /\brules? ((?:\d+(?:, | and |–| to )?)+)/g

/** Returns the rules that a text names: `rule 7`, `rules 14 and 15`, `rules 30, 31`, `rules 45 to 47`. */
export function rulesNamedIn(text: string): ReadonlySet<number> {
  const named = new Set<number>()
  for (const [, list = ''] of text.matchAll(mention)) {
    for (const part of list.split(/, | and /)) {
      const [from, to] = part.split(/–| to /).map(Number)
      if (from === undefined || Number.isNaN(from)) continue
      for (let rule = from; rule <= (to ?? from); rule++) named.add(rule)
    }
  }
  return named
}

/**
 * Returns the titles of the tests in a source text: the first argument of `test(…)`, `it(…)`, `describe(…)`.
 */
export function titlesIn(source: string): readonly string[] {
  const title =
    /\b(?:test|it|describe)(?:\.each\([^)]*\))?\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`|"([^"]*)")/g
  return [...source.matchAll(title)].map(([, a, b, c]) => a ?? b ?? c ?? '')
}

/** Returns every test file below these folders. Contract suites count, because they hold tests. */
export function testFiles(root: string, folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.test\.ts$|-contract[\w-]*\.ts$/.test(file))
      .filter((file) => !/node_modules|dist\//.test(file))
      .map((file) => join(root, folder, file)),
  )
}

/** Returns which files name which rule in a test's title. */
export function filesByRule(files: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>()
  for (const file of files) {
    const titles = titlesIn(readFileSync(file, 'utf8')).join('\n')
    for (const rule of rulesNamedIn(titles)) found.set(rule, [...(found.get(rule) ?? []), file])
  }
  return found
}
