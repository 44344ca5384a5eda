import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPage, ROOT, rowsOf } from './pages.ts'

const { text: page } = readPage('docs/configuration.md')
const SERVICES = readdirSync(join(ROOT, 'services'))

interface Documented {
  readonly name: string
  readonly isSecret: boolean
  /** The default as text; empty if there is none. */
  readonly default: string
}

const call = /\b(setting|secret)\(\s*'([A-Z_]+)'/g

/** Returns the variables that a `config.ts` reads, with whether they are secret and their literal default. */
function variablesIn(source: string): readonly Documented[] {
  const calls = [...source.matchAll(call)]
  return calls.map((match, index) => {
    const [, kind, name = ''] = match
    const own = source.slice(match.index, calls[index + 1]?.index ?? source.indexOf('\n}\n'))
    return { name, isSecret: kind === 'secret', default: defaultIn(own, source) }
  })
}

const shared = /\.\.\.(kafka|database)Variables,/g
const FILES: Readonly<Record<string, string>> = {
  kafka: 'packages/kafka/src/environment/kafka-variables.ts',
  database: 'packages/runtime/src/stores/database-variables.ts',
}

/** Returns a `config.ts` with the variables that all services share in their place. */
function withShared(source: string): string {
  return source.replaceAll(shared, (_, name: string) => {
    const file = FILES[name] ?? ''
    const [, rest = ''] = readFileSync(join(ROOT, file), 'utf8').split('Variables = {\n')
    return rest.split('\n}\n')[0] ?? ''
  })
}

function defaultIn(own: string, source: string): string {
  const [, written] = /\.default\(([^)]*)\)/.exec(own) ?? []
  if (written === undefined) return ''
  const [, constant] = new RegExp(`const ${written} = ([\\d_]+)`).exec(source) ?? []
  return (constant ?? written).replaceAll('_', '')
}

/** Returns the part of the page below a heading. */
function section(heading: string): string {
  const [, rest = ''] = page.split(`\n## ${heading}\n`)
  return rest.split('\n## ')[0] ?? ''
}

function documented(heading: string): readonly Documented[] {
  return rowsOf(section(heading), /^`[A-Z_]+`$/).map(([name = '', form = '', byDefault = '']) => ({
    name: name.replaceAll('`', ''),
    isSecret: form.startsWith('secret'),
    default: byDefault.replaceAll('`', ''),
  }))
}

describe('the page of the environment', () => {
  it.each(SERVICES)('names for the %s what its config.ts reads, no more and no less', (service) => {
    const source = withShared(
      readFileSync(join(ROOT, 'services', service, 'src/config.ts'), 'utf8'),
    )
    expect(documented(service)).toEqual(variablesIn(source))
  })

  it('reads a variable, its default and whether it is secret out of a config.ts', () => {
    const source =
      "const HOUR = 3_600\nconst variables = {\n a: secret('DATABASE_URL', z.url()),\n" +
      " b: setting(\n 'FRESHET_A', z.coerce.number().default(HOUR)),\n" +
      " c: setting('FRESHET_B', z.stringbool().default(false)),\n}\n"
    expect(variablesIn(source)).toEqual([
      { name: 'DATABASE_URL', isSecret: true, default: '' },
      { name: 'FRESHET_A', isSecret: false, default: '3600' },
      { name: 'FRESHET_B', isSecret: false, default: 'false' },
    ])
  })

  it('names every variable that any code of ours reads', () => {
    // A secret can also be given as a file.
    const isNamed = (name: string): boolean =>
      [name, name.replace(/_FILE$/, '')].some((each) => page.includes(`\`${each}\``))
    const missing = [...namesInCode()].filter((name) => !isNamed(name))
    expect(missing).toEqual([])
  })
})

const mention =
  /\b(?:FRESHET(?:_[A-Z]+)+|KAFKA_(?:BROKERS|(?:TLS|SASL|ALLOW)(?:_[A-Z]+)*)|DATABASE(?:_[A-Z]+)+)\b/g

/** Tests of the configuration reader, of errors at start and of `freshet doctor --service` invent names, and so do those here. */
const INVENTING =
  /^docs\/|^(?:runtime|wire|kafka)\/src\/.*\.test\.ts$|^(?:installation\/doctor-start|hostile\/start-errors)\.test\.ts$/

/** Returns the names in code. */
function namesInCode(): ReadonlySet<string> {
  const files = ['packages', 'services', 'infra', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs)$/.test(file) && !/node_modules|dist\//.test(file))
      .filter((file) => !INVENTING.test(file))
      .map((file) => join(ROOT, folder, file)),
  )
  return new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(mention) ?? []))
}
