import { dirname, join, normalize } from 'node:path/posix'
import { importsOf, packageOf, type Import } from './imports.ts'
import { layerOf, mayImport, onlyIn, STARTER, WITHOUT_OURS } from './layers.ts'

/** The content of a workspace's package.json and tsconfig.json. */
export interface Workspace {
  readonly dir: string
  readonly name: string
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  /** Folders that tsconfig.json refers to, from the root. */
  readonly references: readonly string[]
}

/** A text file by its path from the root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** The repository as the checker reads it. */
export interface Repository {
  readonly workspaces: readonly Workspace[]
  readonly files: readonly SourceFile[]
  /** Development tools at the root; every test can use them. */
  readonly rootDependencies: readonly string[]
}

/** Returns every breach of the layer table, each as one sentence with its place. An empty list is good. */
export function violationsOf(repository: Repository): string[] {
  return [
    ...repository.workspaces.flatMap((workspace) => ofWorkspace(repository, workspace)),
    ...repository.files.flatMap((file) => ofFile(repository, file)),
  ]
}

function ofWorkspace(repository: Repository, workspace: Workspace): string[] {
  const found: string[] = []
  const { dir } = workspace
  if (layerOf[dir] === undefined) found.push(`${dir}: has no row in the layer table`)
  const isRead = repository.files.some((file) => file.path.startsWith(`${dir}/`))
  if (!isRead) found.push(`${dir}: no file of it was read`)
  const wanted = repository.workspaces
    .filter((other) => workspace.dependencies.includes(other.name))
    .map((other) => other.dir)
  for (const one of wanted.filter((wish) => !workspace.references.includes(wish))) {
    found.push(`${dir}/tsconfig.json: depends on ${one} without referring to it`)
  }
  for (const one of workspace.references.filter((given) => !wanted.includes(given))) {
    found.push(`${dir}/tsconfig.json: refers to ${one} without depending on it`)
  }
  return found
}

function ofFile(repository: Repository, file: SourceFile): string[] {
  const home = repository.workspaces.find((one) => file.path.startsWith(`${one.dir}/`))
  return importsOf(file.text).flatMap((one) => {
    const complaint = one.specifier.startsWith('.')
      ? ofRelative(file, home, one)
      : ofPackage(repository, file, home, one)
    return complaint === undefined ? [] : [`${file.path}: ${one.specifier}: ${complaint}`]
  })
}

function ofRelative(
  file: SourceFile,
  home: Workspace | undefined,
  { specifier }: Import,
): string | undefined {
  if (home === undefined) return undefined
  const target = normalize(join(dirname(file.path), specifier))
  if (target === `${home.dir}/src/index.ts` && !isTest(file)) {
    return 'the door of a package is for others'
  }
  const isInside = target.startsWith(`${home.dir}/`)
  const isSetup = isTest(file) && target.startsWith('test/setup/')
  return isInside || isSetup ? undefined : 'leaves the package'
}

function ofPackage(
  repository: Repository,
  file: SourceFile,
  home: Workspace | undefined,
  one: Import,
): string | undefined {
  // A specifier with `#` is of the package itself.
  if (/^(node:|#)/.test(one.specifier)) return undefined
  const name = packageOf(one.specifier)
  const isApart = WITHOUT_OURS.some((place) => file.path.startsWith(place))
  const reserved = isApart ? undefined : onlyIn[name]
  if (reserved !== undefined && home?.dir !== reserved) return `belongs to ${reserved} alone`
  if (home === undefined) return undefined
  if (!isDeclared(repository, file, home, name)) return 'is not declared in package.json'
  const target = repository.workspaces.find((other) => other.name === name)
  return target === undefined ? undefined : ofLayer(file, home, target, one)
}

function isDeclared(
  repository: Repository,
  file: SourceFile,
  home: Workspace,
  name: string,
): boolean {
  if (home.dependencies.includes(name)) return true
  // Only tests import the testkit, so its tools stay out of every production tree.
  if (!isTest(file) && layerOf[home.dir] !== 'testkit') return false
  return home.devDependencies.includes(name) || repository.rootDependencies.includes(name)
}

function ofLayer(
  file: SourceFile,
  home: Workspace,
  target: Workspace,
  one: Import,
): string | undefined {
  const from = layerOf[home.dir]
  const to = layerOf[target.dir]
  if (from === undefined || to === undefined) return undefined
  if ((to === 'testing' || to === 'testkit') && isTest(file)) return undefined
  if ((to === 'dev stack' || to === 'ground') && home.dir === STARTER) return undefined
  const permission = mayImport[from][to]
  if (permission === 'yes' || (permission === 'types' && (one.isTypeOnly || isTest(file)))) {
    return undefined
  }
  const what = permission === 'types' ? 'only types' : 'nothing'
  return `may import ${what} of ${target.name} (${from} to ${to})`
}

function isTest(file: SourceFile): boolean {
  return file.path.endsWith('.test.ts')
}
