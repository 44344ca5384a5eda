import { posix } from 'node:path'
import { expect, it } from 'vitest'
import { importsOf } from './imports.ts'
import { readRepository } from './read-repository.ts'

const ENTRY = 'packages/cli/src/main.ts'
/**
 * Modules that parse arguments and write text. Commands load clients, schemas and parsers of files only if
 * they need them.
 */
const ALLOWED =
  /^(node:.*|commander|@commander-js\/extra-typings|picocolors|@freshet\/(protocol|registry\/(diff|lint)|local-kafka|wire\/audit-kinds))$/

const texts = new Map(readRepository().files.map(({ path, text }) => [path, text]))

/**
 * Returns the modules that are loaded before a command is known: by statement, from file to file of the
 * command line.
 */
function loadedAtStart(changed: ReadonlyMap<string, string> = new Map()): readonly string[] {
  const files = [ENTRY]
  const others = new Set<string>()
  for (const file of files) {
    const text = changed.get(file) ?? texts.get(file) ?? ''
    for (const { specifier, isTypeOnly, isOnDemand } of importsOf(text)) {
      if (isTypeOnly || isOnDemand) continue
      const own = posix.join(posix.dirname(file), specifier)
      if (!specifier.startsWith('.')) others.add(specifier)
      else if (!files.includes(own)) files.push(own)
    }
  }
  expect(files.filter((file) => !texts.has(file))).toEqual([])
  return [...others]
}

it('a command that needs no client, schema or parser does not wait until they are loaded', () => {
  const loaded = loadedAtStart()
  expect(loaded).toContain('commander')
  expect(loaded.filter((specifier) => !ALLOWED.test(specifier))).toEqual([])
})

it('one that is loaded for all is found (control)', () => {
  const path = 'packages/cli/src/commands/dev.ts'
  const text = `import { lintFile } from './registry/lint-file.ts'\n${texts.get(path) ?? ''}`
  expect(loadedAtStart(new Map([[path, text]]))).toContain('@freshet/registry')
})
