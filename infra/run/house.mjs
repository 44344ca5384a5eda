import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { promisify } from 'node:util'
import { importGraph } from './import-graph.mjs'
import { root } from './child.mjs'

/**
 * Prints the figures of the house: of this checkout, and of a commit beside it. Without a commit, that is the release
 * before. A reader judges them, and nothing fails on them.
 */
const GIT_BYTES_MAX = 1e9
const SMALL_LINES = 45
const SOURCE = /^(?:packages|services)\/.*(?<!\.test|\.d)\.tsx?$/
const TEST =
  /^test\/.*\.(?:ts|tsx|mjs|js|sh|go|java|py)$|^(?:packages|services|infra)\/.*\.test\.tsx?$/
/** Texts that the build or a tool writes, and that are committed. */
const GENERATED = [
  /^schemas\//,
  /^infra\/(?:api|strimzi|helm\/freshet\/files)\//,
  /^infra\/(?:prometheus\/freshet-slos\.yaml|mixin\/parts\.json)$/,
  /^infra\/contracts\/operations\.txt$/,
  /^packages\/cli\/golden\//,
  /^docs\/(?:errors|metrics|evidence|registry)\.md$/,
]
const TYPE = /^(?:export )?(?:declare )?(?:interface|type) \w+/gm
const FUNCTION =
  /^\s*(?:export )?(?:async )?function\*? ?\w+|^(?:export )?const \w+(?:: [^=\n]+)? = (?:async )?\([^)\n]*\)(?:: [^=\n]+)? =>/gm
const IMPORT = /^import\b[^;]*?'[^'\n]+'$|^export (?:type )?(?:\{[^}]*\}|\*) from '[^'\n]+'$/gms
const ENTRIES = {
  'files of createEdge': ['packages/edge/src/create-edge.ts'],
  'files of the sidecar': ['services/sidecar/src/main.ts'],
  'files of the reconciler': ['services/reconciler/src/main.ts'],
  'files of the gateway': ['services/gateway/src/main.ts'],
  'files of the authority': ['services/authority/src/main.ts'],
  'files of the console': ['services/console/src/main.ts'],
}

const git = promisify(execFile)

const [given] = process.argv.slice(2)
const before = given ?? (await readFile(`${root}infra/release-before`, 'utf8')).trim()
const [now, then] = [figuresOf(await checkout()), figuresOf(await commit(before))]
const rows = [...new Set([...Object.keys(then), ...Object.keys(now)])]
const wide = Math.max(...rows.map((name) => name.length))
console.log(`${''.padEnd(wide)} ${before.slice(0, 8).padStart(10)} ${'here'.padStart(10)}`)
for (const name of rows)
  console.log(`${name.padEnd(wide)} ${textOf(then[name])} ${textOf(now[name])}`)

/** Every text of the checkout by its path, as far as git knows it. */
async function checkout() {
  const paths = (await run('ls-files')).trim().split('\n')
  const read = (path) => readFile(`${root}${path}`, 'utf8').catch(() => undefined)
  const texts = await Promise.all(paths.map(async (path) => [path, await read(path)]))
  return new Map(texts.filter(([, text]) => text !== undefined))
}

/** The same of a commit. */
async function commit(name) {
  const [tar, files] = [await run('archive', '--format=tar', name), new Map()]
  for (let at = 0; at < tar.length && tar[at] !== '\0';) {
    const path = tar.slice(at, tar.indexOf('\0', at))
    const size = Number.parseInt(tar.slice(at + 124, at + 135), 8)
    const prefix = tar.slice(at + 345, at + 500).replace(/\0.*$/s, '')
    const text = tar.slice(at + 512, at + 512 + size)
    if (tar[at + 156] === '0') files.set(prefix === '' ? path : `${prefix}/${path}`, text)
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** One character stands for one byte, so that places in an archive are bytes. */
async function run(...args) {
  const { stdout } = await git('git', args, {
    cwd: root,
    encoding: 'latin1',
    maxBuffer: GIT_BYTES_MAX,
  })
  return stdout
}

function figuresOf(files) {
  const source = [...files].filter(([path]) => SOURCE.test(path))
  const lines = (chosen) => chosen.reduce((sum, [, text]) => sum + linesIn(text), 0)
  const where = (...rules) => [...files].filter(([path]) => rules.some((rule) => rule.test(path)))
  const all = lines(source)
  const perThousand = (rule) => (matchesIn(source, rule).length * 1_000) / all
  const { importersOf, closureOf } = importGraph(files, source)
  const smallWithOne = source.filter(
    ([path, text]) => linesIn(text) < SMALL_LINES && importersOf(path) === 1,
  )
  return {
    'lines, all': lines([...files]),
    'lines, source': all,
    ...Object.fromEntries(packagesOf(source).map(([name, of]) => [`  ${name}`, lines(of)])),
    'lines, tests': lines(where(TEST)),
    'lines, generated and committed': lines(where(...GENERATED)),
    'pages of docs': where(/^docs\/.*\.md$/).length,
    'files of source': source.length,
    'lines a file': all / source.length,
    [`files below ${SMALL_LINES} lines with one importer`]: smallWithOne.length,
    'types in 1,000 lines': perThousand(TYPE),
    'functions in 1,000 lines': perThousand(FUNCTION),
    'imports, % of lines':
      (lines(matchesIn(source, IMPORT).map((text) => ['', `${text}\n`])) * 100) / all,
    ...Object.fromEntries(Object.entries(ENTRIES).map(([name, of]) => [name, closureOf(of).size])),
    'files that docs/protocol/change.md names': namedIn(files.get('docs/protocol/change.md') ?? ''),
  }
}

function linesIn(text) {
  return text.split('\n').length - 1
}

function matchesIn(files, rule) {
  return files.flatMap(([, text]) => text.match(rule) ?? [])
}

function packagesOf(source) {
  const grouped = Map.groupBy
    ? Map.groupBy(source, ([path]) => path.split('/').slice(0, 2).join('/'))
    : source.reduce((groups, file) => {
        const name = posix.join(...file[0].split('/').slice(0, 2))
        return groups.set(name, [...(groups.get(name) ?? []), file])
      }, new Map())
  return [...grouped].toSorted(([a], [b]) => a.localeCompare(b))
}

function namedIn(page) {
  return new Set(page.match(/(?:packages|services)\/[\w./-]+\.tsx?/g)).size
}

function textOf(value) {
  if (value === undefined) return '-'.padStart(10)
  return (Number.isInteger(value) ? String(value) : value.toFixed(1)).padStart(10)
}
