import { readFile } from 'node:fs/promises'
import { join } from 'node:path/posix'

const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
const LIST = /^export (?:type )?\{([^}]*)\}(?: from ['"]([^'"]+)['"])?;?$/
const ALL = /^export (?:type )?\* from ['"]([^'"]+)['"];?$/
const DEFINITION =
  /^export (?:declare )?(?:abstract )?(?:function|const|let|class|interface|type) ([\w$]+)/
/** Members that an import adds to the types of another package. */
const AUGMENTATION = /^declare (global|module '[^']+') \{/

/**
 * Returns the declaration of each name that a compiled entry exports, without comments: a map from the name. The
 * declaration of another package is the statement that exports it.
 */
export async function declarationsIn(folder, file) {
  const statements = statementsIn(await readFile(join(folder, file), 'utf8'))
  const found = new Map()
  for (const statement of statements) {
    const name = (DEFINITION.exec(statement) ?? AUGMENTATION.exec(statement))?.[1]
    // Overloads have one name.
    if (name !== undefined) found.set(name, [found.get(name), statement].filter(Boolean).join('\n'))
  }
  for (const statement of statements)
    for (const [name, text] of await exportedBy(statement, { folder, file, own: found }))
      found.set(name, text)
  return found
}

async function exportedBy(statement, { folder, file, own }) {
  const flat = statement.replaceAll(/\s+/g, ' ')
  const [, names, from] = LIST.exec(flat) ?? []
  const all = ALL.exec(flat)?.[1]
  const target = from ?? all
  if (target === undefined) return []
  if (!target.startsWith('.')) {
    if (names === undefined) throw new Error(`${file} exports all of ${target}.`)
    return pairsIn(names).map(([, name]) => [name, `export { ${name} } from '${target}';`])
  }
  const inner = await declarationsIn(folder, join(file, '..', target).replace(/\.[jt]s$/, '.d.ts'))
  if (all !== undefined) return [...inner].filter(([name]) => !own.has(name))
  const exported = pairsIn(names).map(([source, name]) => [
    name,
    inner.get(source) ?? missing(source, target),
  ])
  return [...exported, ...[...inner].filter(([, text]) => AUGMENTATION.test(text))]
}

/** The names of a list, each with the name under which it is exported. */
function pairsIn(names) {
  const parts = names.split(',').map((part) => part.trim().replace(/^type /, ''))
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [source, name = source] = part.split(' as ')
      return [source, name]
    })
}

function missing(name, file) {
  throw new Error(`${file} does not declare ${name}.`)
}

/** The statements of a file of declarations. The compiler begins each in the first column. */
function statementsIn(text) {
  const lines = text.replaceAll(COMMENT, '').split('\n')
  const statements = []
  for (const line of lines.filter((each) => each.trim() !== '')) {
    if (/^[^\s}\])|&]/.test(line)) statements.push(line)
    else statements.push(`${statements.pop() ?? ''}\n${line}`)
  }
  return statements
}
