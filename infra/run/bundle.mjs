import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { buildInfo } from './build-info.mjs'

/** A program that is started by its file, because no entry of its package names it. */
const PROGRAM = /(^|\/)generate[^/]*\.ts$/

/**
 * Builds one file for each entry of the packages of which the compiler writes the types alone
 * (`emitDeclarationOnly`). Node takes about 0.4 ms of processor time to load a file, and an edge would load 320
 * files of these packages. Prints nothing unless it fails. Resolves to the exit code.
 */
export async function bundlePackages(root) {
  try {
    const define = { BUILD_OF_FRESHET: JSON.stringify(await buildInfo(root)) }
    const folders = await bundledFolders(join(root, 'packages'))
    await Promise.all(folders.map((folder) => bundle(folder, define)))
    return 0
  } catch (error) {
    console.log(error)
    return 1
  }
}

async function bundledFolders(packages) {
  const names = await readdir(packages)
  // A folder without a configuration is the output of a package that was renamed.
  const folders = names
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, 'tsconfig.json')))
  const configs = await Promise.all(folders.map((folder) => readJson(folder, 'tsconfig.json')))
  return folders.filter((_, index) => configs[index].compilerOptions.emitDeclarationOnly === true)
}

async function bundle(folder, define) {
  const { exports, imports = {} } = await readJson(folder, 'package.json')
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [...sourcesIn([exports, imports]), ...(await programsIn(folder))],
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    // A condition chooses the file of a name with # when the program starts.
    external: ['#*'],
    packages: 'external',
    define,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    write: false,
  })
  await Promise.all(outputFiles.map(replaceIfChanged))
  await removeOthers(join(folder, 'dist'), new Set(outputFiles.map(({ path }) => path)))
}

/** Another process that loads the file at this moment gets the whole old file or the whole new one. */
async function replaceIfChanged({ path, contents }) {
  const old = await readFile(path).catch(() => undefined)
  if (old?.equals(contents)) return
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, contents)
  await rename(`${path}.new`, path)
}

async function readJson(folder, file) {
  return JSON.parse(await readFile(join(folder, file), 'utf8'))
}

/** The source files that `exports` and `imports` of a package.json name. */
function sourcesIn(value) {
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'source' ? [inner] : sourcesIn(inner),
  )
}

async function programsIn(folder) {
  const files = await readdir(join(folder, 'src'), { recursive: true })
  return files.filter((file) => PROGRAM.test(file)).map((file) => `./src/${file}`)
}

/** Removes the files of earlier builds. */
async function removeOthers(dist, outputs) {
  const files = (await readdir(dist, { recursive: true })).map((file) => join(dist, file))
  const old = files.filter((file) => /\.js(\.map)?$/.test(file) && !outputs.has(file))
  await Promise.all(old.map((file) => rm(file, { force: true })))
}
