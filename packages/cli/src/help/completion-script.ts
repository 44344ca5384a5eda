import { OUTPUT_FORMATS } from '../output/format.ts'
import type { CompletionPlace } from './completion-tree.ts'

/** The shells that have a completion. */
export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const

/** One of {@link COMPLETED_SHELLS}. */
export type CompletedShell = (typeof COMPLETED_SHELLS)[number]

/** The script that completes `freshet` in a shell. It has all candidates itself, so a key press starts no process. */
export function completionScript(
  shell: CompletedShell,
  places: readonly CompletionPlace[],
): string {
  return SCRIPTS[shell](places)
}

const FORMATS = OUTPUT_FORMATS.join(' ')

const SCRIPTS: Readonly<Record<CompletedShell, (places: readonly CompletionPlace[]) => string>> = {
  bash: (places) => `# Completes freshet in bash. Load it with: source <(freshet completion bash)
_freshet() {
  local at place='' words='' current=\${COMP_WORDS[COMP_CWORD]}
  for ((at = 1; at < COMP_CWORD; at++)); do
${placeLoop(places, '${COMP_WORDS[at]}')}
  done
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    -o | --output) words='${FORMATS}' ;;
    *)
${wordCases(places)}
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _freshet freshet
`,
  zsh: (places) => `#compdef freshet
# Completes freshet in zsh. Load it with: source <(freshet completion zsh)
_freshet() {
  local at place='' words_=''
  for ((at = 2; at < CURRENT; at++)); do
${placeLoop(places, '${words[at]}')}
  done
  case "\${words[CURRENT - 1]}" in
    -o | --output) words_='${FORMATS}' ;;
    *)
${wordCases(places, 'words_')}
      ;;
  esac
  compadd -- \${=words_}
  [[ -n "$words_" ]] || _files
}
compdef _freshet freshet
`,
  fish: (places) => `# Completes freshet in fish. Load it with: freshet completion fish | source
function __freshet_place
  set -l place
  for word in (commandline -opc)[2..]
    switch "$place $word"
      case ${pathsOf(places).map(quoted).join(' ')}
        set place "$place $word"
    end
  end
  echo "$place"
end
complete -c freshet -s o -l output -x -a '${FORMATS}'
${places.flatMap(fishLines).join('\n')}
`,
}

function pathsOf(places: readonly CompletionPlace[]): readonly string[] {
  return places.filter(({ words }) => words !== '').map(({ words }) => ` ${words}`)
}

/** Bash and zsh: the name of a command below this place leads there. */
function placeLoop(places: readonly CompletionPlace[], word: string): string {
  return `    case "$place ${word}" in
      ${pathsOf(places).map(quoted).join(' | ')}) place="$place ${word}" ;;
    esac`
}

function wordCases(places: readonly CompletionPlace[], variable = 'words'): string {
  const cases = places.map(({ words, candidates }) => {
    const place = words === '' ? "''" : quoted(` ${words}`)
    return `        ${place}) ${variable}=${quoted(candidates.map(({ word }) => word).join(' '))} ;;`
  })
  return ['      case "$place" in', ...cases, '      esac'].join('\n')
}

function fishLines({ words, candidates }: CompletionPlace): readonly string[] {
  const place = words === '' ? '' : ` ${words}`
  const start = `complete -c freshet -f -n 'test "$(__freshet_place)" = "${place}"'`
  return candidates
    .filter(({ word }) => word !== '--output')
    .map(({ word, meaning }) => {
      const isOption = word.startsWith('--')
      const what = isOption ? `-l ${word.slice(2)}` : `-a ${quoted(word)}`
      return meaning === '' ? `${start} ${what}` : `${start} ${what} -d ${quoted(meaning)}`
    })
}

/** A text in single quotes, for each of the three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`
}
