import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

/** Each plant breaks one rule. A linter that accepts one has a gap in its configuration. */
const plants = [
  [
    'packages/protocol/src/a.ts',
    'no-restricted-globals',
    'export const t = (): number => Date.now()',
  ],
  ['packages/edge/src/a.ts', 'no-restricted-globals', 'export const t = (): number => process.pid'],
  ['packages/intake/src/a.ts', 'no-restricted-globals', 'export const s = setInterval'],
  [
    'packages/reconciler/src/a.ts',
    'no-restricted-properties',
    'export const r = (): number => Math.random()',
  ],
  [
    'packages/authority/src/a.ts',
    'no-restricted-properties',
    'export const r = (): string => crypto.randomUUID()',
  ],
  ['packages/kafka/src/a.ts', 'no-process-env', `export const h = process.env['HOME']`],
  ['packages/kafka/src/b.ts', 'no-console', 'export const l = (): void => console.log(1)'],
  ['packages/kafka/src/c.ts', 'no-default-export', 'export default 1'],
  ['packages/kafka/src/d.ts', 'no-explicit-any', 'export const x = (a: any): void => void a'],
  ['packages/kafka/src/Big.ts', 'filename-case', 'export const x = 1'],
  [
    'packages/kafka/src/f.ts',
    'max-lines',
    `export function f(n: number): void {\n${'  n += 1\n'.repeat(400)}}`,
  ],
  [
    'packages/kafka/src/g.ts',
    'no-floating-promises',
    'async function g(): Promise<void> {}\nexport const h = (): void => {\n  g()\n}',
  ],
  [
    'packages/kafka/src/h.ts',
    'switch-exhaustiveness-check',
    `export function h(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      return\n  }\n}`,
  ],
  [
    'packages/kafka/src/a.test.ts',
    'no-restricted-globals',
    'export const nap = (): Promise<void> => new Promise((wake) => void setTimeout(wake, 5))',
  ],
  [
    'packages/kafka/src/b.test.ts',
    'no-disabled-tests',
    `import { it } from 'vitest'\nit.skip('x', () => {})`,
  ],
  [
    'packages/kafka/src/c.test.ts',
    'no-restricted-properties',
    `import { vi } from 'vitest'\nvi.mock('x')`,
  ],
] as const

/** The linter starts a compiler of its own, on a machine that can be busy. */
const LINT_MS = 120_000

let dir: string
let found: { filename: string; code: string }[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-lint-'))
  await copyFile(join(root, '.oxlintrc.json'), join(dir, '.oxlintrc.json'))
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  const compilerOptions = { module: 'node20', target: 'ES2023', strict: true, types: ['node'] }
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  await plant('packages/protocol/src/clean.ts', 'export const one = 1')
  for (const [file, , text] of plants) await plant(file, text)
  const program = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint')
  const args = [program, '--type-aware', '-f', 'json', '.']
  const output = await run(process.execPath, args, { cwd: dir }).catch((error: unknown) => error)
  found = JSON.parse((output as { stdout: string }).stdout).diagnostics
}, LINT_MS)
afterAll(() => rm(dir, { recursive: true }))

async function plant(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, file)), { recursive: true })
  await writeFile(join(dir, file), `${text}\n`)
}

describe('the linter', () => {
  it.each(plants)('finds in %s a breach of %s', (file, rule) => {
    const codes = found.filter((one) => one.filename === file).map((one) => one.code)
    expect(codes).toContainEqual(expect.stringContaining(`(${rule})`))
  })

  it('reports nothing for a clean file', () => {
    expect(found.filter((one) => one.filename.endsWith('clean.ts'))).toEqual([])
  })
})
