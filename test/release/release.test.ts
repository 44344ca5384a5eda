import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../architecture/pack.ts'

/** A repository as small as can be: two published packages, a private one, and the settings of this repository. */
const FILES: Readonly<Record<string, unknown>> = {
  'package.json': { name: 'freshet', version: '0.1.0', private: true, workspaces: ['packages/*'] },
  'packages/edge/package.json': { name: '@freshet/edge', version: '0.1.0' },
  'packages/edge/src/version.ts': "export const EDGE_VERSION = '0.1.0'\n",
  'packages/kafka/package.json': {
    name: '@freshet/kafka',
    version: '0.1.0',
    dependencies: { '@freshet/edge': '0.1.0', kafkajs: '2.2.4' },
  },
  'packages/cli/package.json': {
    name: '@freshet/cli',
    version: '0.1.0',
    private: true,
    devDependencies: { '@freshet/kafka': '0.1.0' },
  },
  'package-lock.json': {
    name: 'freshet',
    version: '0.1.0',
    packages: {
      '': { name: 'freshet', version: '0.1.0' },
      'packages/edge': { name: '@freshet/edge', version: '0.1.0' },
      'packages/kafka': {
        name: '@freshet/kafka',
        version: '0.1.0',
        dependencies: { '@freshet/edge': '0.1.0', kafkajs: '2.2.4' },
      },
      'packages/cli': {
        name: '@freshet/cli',
        version: '0.1.0',
        devDependencies: { '@freshet/kafka': '0.1.0' },
      },
    },
  },
  'CHANGELOG.md': '# Changelog\n\n## 0.1.0\n\nThe first version.\n',
  'infra/api/edge.txt': 'export declare const a: 1;\n',
  'infra/api/released.json': { version: '0.1.0', hashes: {} },
}
const CHANGESET = "---\n'@freshet/edge': minor\n---\n\n`createEdge` has a new option.\n"

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freshet-release-'))
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(folder, name), text)
  }
  await mkdir(join(folder, '.changeset'))
  for (const name of ['config.json', 'README.md'])
    await cp(join(ROOT, '.changeset', name), join(folder, '.changeset', name))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Runs a script of the repository on the small one. Returns its exit code and output. */
function script(name: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const args = [join(ROOT, 'infra/run', name), folder]
    const child = execFile(process.execPath, args, (_, out, err) => {
      resolve({ code: child.exitCode, output: out + err })
    })
  })
}

const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
const json = async (name: string): Promise<unknown> => JSON.parse(await text(name))

describe('a release', () => {
  it('is refused without a changeset', async () => {
    expect(await script('release.mjs')).toEqual({
      code: 1,
      output: 'No changeset waits in .changeset, so there is nothing to release.\n',
    })
  })

  it('the check demands a changeset for other exports than those of the last version', async () => {
    const { code, output } = await script('announced.mjs')
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^The exports of @freshet\/edge differ from version 0\.1\.0, and no/),
    ])
    await writeFile(join(folder, '.changeset/new-option.md'), CHANGESET)
    expect(await script('announced.mjs')).toEqual({ code: 0, output: '' })
  })

  it('raises every package, and publishes nothing', async () => {
    const { code, output } = await script('release.mjs')
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^0\.1\.0 → 0\.2\.0\nNothing was committed, tagged or published/),
    ])
    const edge = { name: '@freshet/edge', version: '0.2.0' }
    const kafka = {
      name: '@freshet/kafka',
      version: '0.2.0',
      dependencies: { '@freshet/edge': '0.2.0', kafkajs: '2.2.4' },
    }
    const cli = { version: '0.2.0', devDependencies: { '@freshet/kafka': '0.2.0' } }
    expect(await json('package.json')).toMatchObject({ version: '0.2.0', private: true })
    expect(await json('packages/edge/package.json')).toEqual(edge)
    expect(await json('packages/kafka/package.json')).toEqual(kafka)
    expect(await json('packages/cli/package.json')).toMatchObject(cli)
    expect(await text('packages/edge/src/version.ts')).toContain("EDGE_VERSION = '0.2.0'")
    expect(await json('package-lock.json')).toMatchObject({
      version: '0.2.0',
      packages: {
        '': { version: '0.2.0' },
        'packages/edge': edge,
        'packages/kafka': kafka,
        'packages/cli': cli,
      },
    })
  })

  it('moves the texts into CHANGELOG.md, and the exports are those of the last version', async () => {
    expect(await text('CHANGELOG.md')).toMatch(
      /^# Changelog\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\n- edge: `createEdge` has a new option\.\n\n## 0\.1\.0\n/,
    )
    expect(await script('announced.mjs')).toEqual({ code: 0, output: '' })
    expect((await script('release.mjs')).code).toBe(1)
  })
})
