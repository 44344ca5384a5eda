import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { manifestIn, manifestOf, packInto, type Manifest, type Packed } from './pack.ts'
import { fileFaults, manifestFaults, type Budget } from './published-faults.ts'
import { publintFaults, typeFaults } from './published-tools.ts'
import { readRepository } from './read-repository.ts'
import { globalChanges } from './side-effects.ts'

/** The packages that users install, by the name of their folder. A package without a row is private. */
const BUDGETS: Readonly<Record<string, Budget>> = {
  cli: {
    files: 760,
    packedBytes: 860_000,
    unpackedBytes: 3_000_000,
    carrier: ['bin/freshet.js', 'dist/main.js', 'dist/assets/infra/topics.yaml'],
  },
  'dev-stack': {
    files: 40,
    packedBytes: 40_000,
    unpackedBytes: 120_000,
    carrier: ['dist/index.js'],
  },
  edge: { files: 110, packedBytes: 110_000, unpackedBytes: 420_000 },
  kafka: { files: 60, packedBytes: 60_000, unpackedBytes: 200_000 },
  protocol: { files: 170, packedBytes: 140_000, unpackedBytes: 600_000 },
  testing: { files: 30, packedBytes: 20_000, unpackedBytes: 60_000 },
  wire: { files: 120, packedBytes: 110_000, unpackedBytes: 480_000 },
}

const folder = await mkdtemp(join(tmpdir(), 'freshet-published-'))
const packed = await packInto(folder)
const names = packed.map(({ name }) => name.replace('@freshet/', ''))

afterAll(async () => {
  await rm(folder, { recursive: true })
})

const packedAs = (name: string): Packed => {
  const found = packed.find((each) => each.name === `@freshet/${name}`)
  if (found === undefined) throw new Error(`${name} was not packed.`)
  return found
}

const budgetOf = (name: string): Budget =>
  BUDGETS[name] ?? { files: 0, packedBytes: 0, unpackedBytes: 0 }

const isCarrier = (name: string): boolean => budgetOf(name).carrier !== undefined

describe('the published packages', () => {
  it('are those with a budget; every other workspace is private', () => {
    expect(names.toSorted()).toEqual(Object.keys(BUDGETS).toSorted())
    const shared = readRepository().workspaces.filter(({ dir }) => !manifestOf(dir).private)
    expect(shared.map(({ dir }) => dir).toSorted()).toEqual(
      Object.keys(BUDGETS).map((name) => `packages/${name}`),
    )
  })

  it.each(names)('%s has the files of a user alone, within its budget', (name) => {
    expect(fileFaults(packedAs(name), budgetOf(name))).toEqual([])
  })

  it.each(names)('%s names its license, repository, versions and entries', async (name) => {
    const manifest = await manifestIn(join(folder, packedAs(name).filename))
    expect(manifestFaults(manifest, `packages/${name}`)).toEqual([])
  })

  it.each(names)(
    '%s is without a fault for publint, and for attw as an ES module',
    async (name) => {
      const tarball = new Uint8Array(await readFile(join(folder, packedAs(name).filename)))
      expect(await publintFaults(tarball)).toEqual([])
      const types = isCarrier(name) ? ['there are no types'] : []
      expect(await typeFaults(tarball)).toEqual(types)
    },
  )

  it.each(names)('%s depends on published packages, and on those that it carries', async (name) => {
    const { files, bundled, filename } = packedAs(name)
    const { dependencies = {} } = await manifestIn(join(folder, filename))
    const own = Object.keys(dependencies).filter((each) => each.startsWith('@freshet/'))
    const others = own.filter((each) => !names.includes(each.replace('@freshet/', '')))
    expect(others.toSorted()).toEqual([...bundled].toSorted())
    expect(others.length > 0).toBe(isCarrier(name))
    const paths = files.map(({ path }) => path)
    for (const each of others) expect(paths).toContain(`node_modules/${each}/package.json`)
  })

  it('change nothing outside of themselves when they are loaded', async () => {
    const libraries = names.filter((name) => !isCarrier(name))
    expect(await globalChanges(libraries.map((name) => `@freshet/${name}`))).toEqual([])
  })
})

describe('control: the checks find', () => {
  const good = (): Packed => packedAs('testing')
  const { version } = good()

  it.each([
    'dist/.tsbuildinfo',
    'dist/index.js.map',
    'src/index.ts',
    'dist/manual-clock.test.d.ts',
    'dist/position/subject-partitions.simulated.js',
  ])('the file %s', (path) => {
    const files = [...good().files, { path }]
    expect(fileFaults({ ...good(), files }, budgetOf('testing'))).toEqual([
      `${path} is for this repository alone`,
    ])
  })

  it.each([
    'dist/stack/index.d.ts',
    'node_modules/@freshet/postgres/src/index.ts',
    'node_modules/@freshet/testkit/dist/index.js.map',
    'node_modules/zod/index.js',
  ])('the file %s of a package that carries others', (path) => {
    const files = [...packedAs('cli').files, { path }]
    expect(fileFaults({ ...packedAs('cli'), files }, budgetOf('cli'))).toEqual([
      `${path} is for this repository alone`,
    ])
  })

  it('a missing license, and a tarball above its budget', () => {
    const files = good().files.filter(({ path }) => path !== 'LICENSE')
    const small = { ...budgetOf('testing'), packedBytes: 10 }
    expect(fileFaults({ ...good(), files }, small)).toEqual([
      'LICENSE is missing',
      `${good().size} bytes packed, above the budget of 10`,
    ])
  })

  it.each<readonly [Partial<Manifest>, string]>([
    [{ private: true }, 'is private'],
    [{ sideEffects: true }, 'is not marked as free of side effects'],
    [{ engines: {} }, 'does not name its versions of Node'],
    [{ exports: { '.': { source: './src/index.ts' } } }, 'has a condition of this repository'],
    [{ dependencies: { zod: '^4.0.0' } }, 'depends on zod ^4.0.0, not on one version'],
    [{ dependencies: { '@freshet/wire': '0.0.9' } }, `${version} depends on @freshet/wire 0.0.9`],
  ])('%o', async (change, fault) => {
    const manifest = await manifestIn(join(folder, good().filename))
    expect(manifestFaults({ ...manifest, ...change }, 'packages/testing')).toEqual([
      `@freshet/testing ${fault}`,
    ])
  })

  it('a missing file and a wrong kind of module, by publint and attw', async () => {
    const place = join(folder, 'broken')
    await mkdir(join(place, 'package'), { recursive: true })
    const exports = { '.': { types: './index.d.ts', default: './index.js' }, './none': './none.js' }
    const files = {
      'package.json': JSON.stringify({ name: 'broken', version: '1.0.0', type: 'module', exports }),
      'index.js': 'module.exports = { a: 1 }\n',
      'index.d.ts': 'export declare const a: number\n',
    }
    for (const [name, text] of Object.entries(files))
      await writeFile(join(place, 'package', name), text)
    execFileSync('tar', ['-czf', 'broken.tgz', 'package'], { cwd: place })
    const tarball = new Uint8Array(await readFile(join(place, 'broken.tgz')))
    expect((await publintFaults(tarball)).join('\n')).toMatch(/none\.js/)
    expect(await typeFaults(tarball)).toContain('NoResolution of ./none')
  })

  it('a module that adds a global name, a listener or a method', async () => {
    const entry = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`
    expect(await globalChanges([entry('globalThis.planted = 1')])).toEqual(['globalThis.planted'])
    expect(await globalChanges([entry('process.on("SIGUSR2", () => {})')])).toEqual([
      'listeners of SIGUSR2: 1',
    ])
    expect(await globalChanges([entry('Array.prototype.planted = 1')])).toEqual([
      'Array.prototype.planted',
    ])
  })
})
