import { describe, expect, it } from 'vitest'
import { readRepository } from './read-repository.ts'

/** An assignment to a variable of the environment. Test files share a process, so the next file inherits it. */
const SETS = /process\.env(?:\[[^\]]+\]|\.\w+) = /

/** Returns the files that change the environment of their own process. */
function changing(files: readonly { readonly path: string; readonly text: string }[]): string[] {
  return files.filter(({ text }) => SETS.test(text)).map(({ path }) => path)
}

describe('the environment of a process', () => {
  it('is changed by no file', () => {
    expect(changing(readRepository().files)).toEqual([])
  })

  it('control: an assignment is found', () => {
    const [name, value] = [`process.env['OTEL_ENDPOINT']`, `'http://sink'`]
    expect(changing([{ path: 'a.test.ts', text: `${name} = ${value}` }])).toEqual(['a.test.ts'])
  })
})
