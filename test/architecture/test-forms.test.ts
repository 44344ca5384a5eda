import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createFilter } from 'vite'
import { describe, expect, it } from 'vitest'
import { projectsOf } from '../../vitest.config.ts'
import type { Form } from '../setup/form.ts'
import { ROOT } from './pack.ts'
import { readRepository } from './read-repository.ts'

interface Choice {
  readonly form: Form
  readonly projects: readonly string[]
  readonly rest: readonly string[]
}
interface FormModule {
  readonly choiceOf: (
    given: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ) => Choice
  readonly FORM_TEXTS: Readonly<Record<Form, string>>
}

const { choiceOf, FORM_TEXTS } = (await import(
  pathToFileURL(join(ROOT, 'infra/run/form.mjs')).href
)) as FormModule

const inShort = projectsWith('short')
const inWhole = projectsWith('whole')
const tests = readRepository()
  .files.map(({ path }) => path)
  .filter((path) => path.endsWith('.test.ts'))

/** Returns the projects of a form that run a file. */
function projectsWith(form: Form): (file: string) => readonly string[] {
  const filters = projectsOf(form).map(({ test: { name, include, exclude } }) => ({
    name,
    isIn: createFilter(include, exclude, { resolve: ROOT }),
  }))
  return (file) => filters.filter(({ isIn }) => isIn(join(ROOT, file))).map(({ name }) => name)
}

/** Returns the files that do not belong to exactly one project. */
function misplaced(files: readonly string[]): readonly string[] {
  return files
    .filter((file) => inWhole(file).length !== 1)
    .map((file) => `${file}: ${inWhole(file).join(', ')}`)
}

describe('the whole form', () => {
  it('runs each test file, in one project', () => {
    expect(tests.length).toBeGreaterThan(700)
    expect(misplaced(tests)).toEqual([])
  })

  it('control: a file that no project runs is found', () => {
    expect(misplaced(['services/edge.test.tsx', 'docs/a.test.ts'])).toHaveLength(2)
  })
})

describe('the short form', () => {
  it('leaves out the files that are named long, and no others', () => {
    const left = tests.filter((file) => inShort(file).length < inWhole(file).length)
    const isLong = (file: string): boolean => /\.long\./.test(file)
    expect(left.filter((file) => !isLong(file))).toEqual([])
    expect(tests.filter(isLong).flatMap(inShort)).toEqual([])
    expect(tests.filter(isLong).length).toBeGreaterThan(40)
  })

  it('control: a name that only sounds like it is not left out', () => {
    expect(inShort('test/e2e/long-lease.e2e.test.ts')).toEqual(['e2e'])
  })
})

describe('npm test', () => {
  it.each<[given: string, form: Form]>([
    ['', 'short'],
    ['unit', 'short'],
    ['pg kafka', 'short'],
    ['whole', 'whole'],
    ['e2e whole', 'whole'],
    // A file that is named runs, however it is called.
    ['e2e test/upgrade', 'whole'],
  ])('%s runs the %s form', (given, form) => {
    expect(choiceOf(given.split(' ').filter(Boolean), {}).form).toBe(form)
  })

  it('runs the whole form where CI is set', () => {
    expect(choiceOf(['unit'], { CI: 'true' }).form).toBe('whole')
    expect(choiceOf(['unit'], { CI: '' }).form).toBe('short')
  })

  it('gives Vitest what names neither a form nor a project', () => {
    const { projects, rest } = choiceOf(['whole', 'pg', 'packages/postgres', '-t', 'x'], {})
    expect(projects).toEqual(['pg'])
    expect(rest).toEqual(['packages/postgres', '-t', 'x'])
  })

  it('names the command of the other form', () => {
    expect(FORM_TEXTS.short).toContain('npm test -- whole')
    expect(FORM_TEXTS.whole).toContain('`npm test`')
  })
})
