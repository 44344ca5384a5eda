import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Application, TSConfigReader, type ProjectReflection, type TypeDocOptions } from 'typedoc'
import { load, type PluginOptions } from 'typedoc-plugin-markdown'
import { withKnownAnchors } from './api-links.ts'
import { PUBLIC_PACKAGES } from './public-packages.ts'
import type { Pages } from './site-pages.ts'

const OPTIONS: Partial<TypeDocOptions & PluginOptions> = {
  name: 'API',
  plugin: [load],
  router: 'module',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  skipErrorChecking: true,
  logLevel: 'Warn',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  pageTitleTemplates: { module: '@freshet/{name}' },
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  sanitizeComments: true,
  useHTMLEncodedBrackets: true,
}

/**
 * Generates a page for each public package from its compiled declarations: every export with its doc comment.
 * `work` is a folder that this replaces.
 *
 * @throws if TypeDoc reports an error
 */
export async function apiPages(root: string, work: string): Promise<Pages> {
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  const entryPoints = PUBLIC_PACKAGES.map((name) => join(root, `packages/${name}/dist/index.d.ts`))
  const tsconfig = join(work, 'tsconfig.json')
  const compilerOptions = {
    target: 'ES2023',
    module: 'node20',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  }
  await writeFile(tsconfig, JSON.stringify({ compilerOptions, files: entryPoints }))
  const outputs = [{ name: 'markdown', path: work }]
  const app = await Application.bootstrapWithPlugins(
    { ...OPTIONS, entryPoints, tsconfig, outputs },
    [new TSConfigReader()],
  )
  const project = await app.convert()
  if (project !== undefined) await app.generateOutputs(named(project))
  if (project === undefined || app.logger.hasErrors()) throw new Error('TypeDoc reports errors.')
  const pages = PUBLIC_PACKAGES.map(async (name): Promise<[string, string]> => {
    return [`reference/api/${name}.md`, await readFile(join(work, `${name}.md`), 'utf8')]
  })
  return withKnownAnchors(new Map(await Promise.all(pages)))
}

/** TypeDoc names a module by the path of its entry. The name becomes that of the package. */
function named(project: ProjectReflection): ProjectReflection {
  for (const module of project.children ?? []) module.name = module.name.replace(/\/.*$/, '')
  return project
}
