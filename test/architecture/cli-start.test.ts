import { posix } from 'node:path'
import { expect, it } from 'vitest'
import { importsOf } from './imports.ts'
import { readRepository } from './read-repository.ts'

const ENTRY = 'packages/cli/src/main.ts'
/** The file that `main` loads for a service. */
const SERVE = 'packages/cli/src/installation/serve-service.ts'
/** The file that `main` loads for every command except a service. */
const COMMANDS = 'packages/cli/src/run-command.ts'
/**
 * Modules that parse arguments and write text. Commands load clients, schemas and parsers of files only if
 * they need them.
 */
const ALLOWED =
  /^(node:.*|commander|@commander-js\/extra-typings|picocolors|@freshet\/(protocol|registry\/(diff|lint)|source\/(problem|time-limit)|wire\/audit-kinds))$/

const texts = new Map(readRepository().files.map(({ path, text }) => [path, text]))

/**
 * Returns the modules that are loaded before a command is known: by statement, from file to file of the
 * command line.
 */
function loadedAtStart(
  changed: ReadonlyMap<string, string> = new Map(),
  entries: readonly string[] = [ENTRY, COMMANDS],
): readonly string[] {
  const files = [...entries]
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

it('the process of a service loads no command, and nothing that commands need', () => {
  const loaded = loadedAtStart(new Map(), [ENTRY, SERVE])
  expect(loaded.filter((name) => !name.startsWith('node:'))).toEqual([])
  const text = `import { runCommand } from './run-command.ts'\n${texts.get(ENTRY) ?? ''}`
  expect(loadedAtStart(new Map([[ENTRY, text]]), [ENTRY])).toContain('commander')
})
