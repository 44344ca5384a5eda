import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from './pack.ts'

const run = promisify(execFile)
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freshet-api-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Returns the output of the check, or of the failed check. */
async function check(stored: string): Promise<string> {
  const args = [join(ROOT, 'infra/run/api.mjs'), '--check', stored]
  try {
    const { stdout } = await run(process.execPath, args)
    return stdout
  } catch (error) {
    const { code, stdout } = error as { readonly code: number; readonly stdout: string }
    return `exit ${code}\n${stdout}`
  }
}

describe('the check of exports', () => {
  it('accepts the stored text, and finds a declaration that changed', async () => {
    const stored = join(folder, 'api')
    await cp(join(ROOT, 'infra/api'), stored, { recursive: true })
    expect(await check(stored)).toBe('')
    const file = join(stored, 'edge.txt')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('readonly issuer: string;', 'readonly issuers: string;'))
    const found = await check(stored)
    expect(found).toMatch(/^exit 1\nThe exports of edge changed\. Run node infra\/run\/api\.mjs/)
    expect(found).toContain('-     readonly issuers: string;')
  })
})

/** Returns the declarations of an entry with these files. */
async function declarationsOf(files: Readonly<Record<string, string>>): Promise<unknown> {
  const place = join(folder, 'package')
  await mkdir(place, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text)
  const code = `
    import { declarationsIn } from ${JSON.stringify(join(ROOT, 'infra/run/declarations.mjs'))}
    console.log(JSON.stringify(Object.fromEntries(await declarationsIn(process.argv[1], 'index.d.ts'))))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code, place])
  return JSON.parse(stdout)
}

describe('the declarations of an entry', () => {
  it('are those of its own names, of other files and of other packages, without comments', async () => {
    const found = await declarationsOf({
      'index.d.ts': `
        import type { A } from './a.ts';
        /** Doc. */
        export declare function twice(one: A): void;
        export declare function twice(one: A, two: A): void;
        export { type A, inner as outer } from './a.ts';
        export * from './all.ts';
        export type { Fetch } from '@freshet/wire';`.replaceAll(/^ {8}/gm, ''),
      'a.d.ts': `
        export interface A {
            /** A member. */
            readonly member: string;
        }
        export declare const inner: 1;
        declare global {
            interface Request {
                a?: A;
            }
        }
        declare const hidden: 2;`.replaceAll(/^ {8}/gm, ''),
      'all.d.ts': 'export type B = {\n    readonly b: 1;\n} | null;\n',
    })
    expect(found).toEqual({
      twice:
        'export declare function twice(one: A): void;\nexport declare function twice(one: A, two: A): void;',
      A: 'export interface A {\n    readonly member: string;\n}',
      outer: 'export declare const inner: 1;',
      B: 'export type B = {\n    readonly b: 1;\n} | null;',
      Fetch: "export { Fetch } from '@freshet/wire';",
      global: 'declare global {\n    interface Request {\n        a?: A;\n    }\n}',
    })
  })

  it('control: a name that no file declares is an error', async () => {
    const files = { 'index.d.ts': "export { gone } from './a.ts';\n", 'a.d.ts': 'export {};\n' }
    await expect(declarationsOf(files)).rejects.toThrow('does not declare gone')
  })
})
