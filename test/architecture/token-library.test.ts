import { describe, expect, it } from 'vitest'
import type { SourceFile } from './check.ts'
import { importsOf, packageOf } from './imports.ts'
import { readRepository } from './read-repository.ts'

/** Packages that read tokens, assertions, events and reports, without their tests. */
const PATH =
  /^packages\/(?:protocol|wire|registry|edge|authority|intake|reconciler)\/src\/.*(?<!\.test)\.ts$/
/** The one place that loads jose, if the option `dpop` is set: for the key in a proof. */
const PROOFS = 'packages/edge/src/proof/dpop.ts'

const { files } = readRepository()

/** Returns the files of the path that load jose. An import of types loads nothing. */
function loadingJose(all: readonly SourceFile[]): readonly string[] {
  const loads = ({ text }: SourceFile): boolean =>
    importsOf(text).some(
      ({ specifier, isTypeOnly }) => packageOf(specifier) === 'jose' && !isTypeOnly,
    )
  return all.filter((file) => PATH.test(file.path) && loads(file)).map(({ path }) => path)
}

describe('tokens are read by the reader of packages/wire', () => {
  it('no file that reads them loads jose, except for proofs, and there on demand', () => {
    expect(loadingJose(files)).toEqual([PROOFS])
    const proofs = files.find(({ path }) => path === PROOFS)
    const loaded = importsOf(proofs?.text ?? '').filter(({ specifier }) => specifier === 'jose')
    expect(loaded.every(({ isOnDemand }) => isOnDemand)).toBe(true)
  })

  it.each([
    `import { jwtVerify } from 'jose'`,
    `export * from 'jose/jwt/verify'`,
    `const { jwtVerify } = await import('jose')`,
  ])('control: %s is found', (text) => {
    const planted = { path: 'packages/authority/src/planted.ts', text }
    expect(loadingJose([...files, planted])).toContain(planted.path)
  })

  it('control: types and tests are allowed', () => {
    const types = { path: 'packages/edge/src/a.ts', text: `import type { JWK } from 'jose'` }
    const test = { path: 'packages/edge/src/a.test.ts', text: `import { SignJWT } from 'jose'` }
    expect(loadingJose([types, test])).toEqual([])
  })
})
