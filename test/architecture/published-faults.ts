import type { Manifest, Packed } from './pack.ts'

/** The bounds of a tarball. A package that needs more gets a larger bound in the change that needs it. */
export interface Budget {
  readonly files: number
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Files of a package that carries private packages; it has no types. Absent: a library. */
  readonly carrier?: readonly string[]
}

const ALLOWED = /^(?:package\.json|README\.md|LICENSE|dist\/[\w./-]+\.(?:js|d\.ts))$/
/** Files of a carrier, and of the packages in it: code, and the data that the code reads beside it. */
const ALLOWED_IN_CARRIER =
  /^(?:README\.md|LICENSE|bin\/\w+\.js|(?:node_modules\/@freshet\/[\w-]+\/)?(?:package\.json|pom\.xml|migrations\/[\w-]+\.sql|dist\/[\w./-]+\.js|dist\/(?:ui|assets)\/[\w./-]+))$/
const OF_TESTS = /\.(?:test|simulated|contract)\./
const NEEDED = ['package.json', 'README.md', 'LICENSE']
const LIBRARY = ['dist/index.js', 'dist/index.d.ts']
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

/** Returns each fault of the files of a tarball, as one sentence. */
export function fileFaults({ files, size, unpackedSize }: Packed, budget: Budget): string[] {
  const paths = files.map(({ path }) => path)
  const excess = [
    ['files', files.length, budget.files],
    ['bytes packed', size, budget.packedBytes],
    ['bytes unpacked', unpackedSize, budget.unpackedBytes],
  ] as const
  const needed = [...NEEDED, ...(budget.carrier ?? LIBRARY)]
  const allowed = budget.carrier === undefined ? ALLOWED : ALLOWED_IN_CARRIER
  return [
    ...needed.filter((each) => !paths.includes(each)).map((each) => `${each} is missing`),
    ...paths
      .filter((path) => !allowed.test(path) || OF_TESTS.test(path))
      .map((path) => `${path} is for this repository alone`),
    ...excess
      .filter(([, count, most]) => count > most)
      .map(([unit, count, most]) => `${count} ${unit}, above the budget of ${most}`),
  ]
}

/** Returns each fault of the package.json of a tarball, as one sentence. `folder` is its place in the repository. */
export function manifestFaults(manifest: Manifest, folder: string): string[] {
  const { name, version, dependencies = {}, repository, exports = {}, bin } = manifest
  const inexact = Object.entries(dependencies).filter(([, range]) => !EXACT.test(range))
  const other = Object.entries(dependencies).filter(
    ([each, range]) => each.startsWith('@freshet/') && range !== version,
  )
  const checks: readonly (readonly [boolean, string])[] = [
    [manifest.private === undefined, 'is private'],
    [name.startsWith('@freshet/'), 'is outside of the scope @freshet'],
    [manifest.license === 'Apache-2.0', 'names no license'],
    [repository?.url === 'git+https://github.com/freshet/freshet.git', 'names no repository'],
    [repository?.directory === folder, 'does not name its folder in the repository'],
    [manifest.engines?.node === '>=20.19', 'does not name its versions of Node'],
    [manifest.sideEffects === false, 'is not marked as free of side effects'],
    [manifest.type === 'module', 'is not an ES module'],
    [(manifest.keywords ?? []).length > 2, 'has no keywords'],
    [(manifest.description ?? '').endsWith('.'), 'has no description'],
    [manifest.scripts === undefined, 'has scripts'],
    [manifest.devDependencies === undefined, 'has development dependencies'],
    [!/"source"|simulat/.test(JSON.stringify(manifest)), 'has a condition of this repository'],
    [bin !== undefined || Object.keys(exports).includes('.'), 'has no entry'],
  ]
  return [
    ...checks.filter(([holds]) => !holds).map(([, fault]) => `${name} ${fault}`),
    ...inexact.map(([each, range]) => `${name} depends on ${each} ${range}, not on one version`),
    ...other.map(([each, range]) => `${name} ${version} depends on ${each} ${range}`),
  ]
}
