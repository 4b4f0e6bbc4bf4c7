/** Completion scripts of the shells. Each is a table of the commands, and a few lines that look into it. */
import type {Candidates, CommandTable} from './command-table.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, bin: string, table: CommandTable): string {
  if (shell === 'fish') return fishScript(bin, table);
  return posixTables(bin, table) + (shell === 'bash' ? bashScript(bin) : zshScript(bin));
}

/** How to make the shell use it, for people who print it to a terminal. */
export const INSTALL: Readonly<Record<Shell, string>> = {
  bash: 'iotctl completion bash > ~/.local/share/bash-completion/completions/iotctl',
  zsh: 'iotctl completion zsh > ~/.zsh/completions/_iotctl   # with fpath+=~/.zsh/completions before compinit',
  fish: 'iotctl completion fish > ~/.config/fish/completions/iotctl.fish',
};

const posixTables = (bin: string, {words, flags, values}: CommandTable): string =>
  [
    posixCase(`_${bin}_words`, words),
    posixCase(`_${bin}_flags`, flags),
    posixCase(`_${bin}_values`, values),
    `# Replaces @devices and the like by what ${bin} knows.
_${bin}_expand() {
  local word
  for word in $(echo "$1"); do
    case "$word" in
      @*) command ${bin} complete "\${word#@}" 2>/dev/null ;;
      *) echo "$word" ;;
    esac
  done
}
# The command that the words name so far. (Not called path: in zsh that is the search path.)
_${bin}_path() {
  local trail="" word
  for word in "$@"; do
    case "$word" in -*) continue ;; esac
    case " $(_${bin}_words "$trail") " in
      *" $word "*) trail="\${trail:+$trail }$word" ;;
      *) break ;;
    esac
  done
  echo "$trail"
}
# Candidates: $1 the word to complete, $2 the word before, then all words before.
_${bin}_candidates() {
  local current="$1" previous="$2" trail values
  shift 2
  trail=$(_${bin}_path "$@")
  values=$(_${bin}_values "$trail $previous")
  if [ -n "$values" ]; then
    _${bin}_expand "$values"
  else
    case "$current" in
      -*) _${bin}_expand "$(_${bin}_flags "$trail")" ;;
      *) _${bin}_expand "$(_${bin}_words "$trail")" ;;
    esac
  fi
}
`,
  ].join('');

const bashScript = (bin: string): string => `_${bin}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=($(compgen -W "$(_${bin}_candidates "$current" "$previous" "\${words[@]}")" -- "$current"))
}
complete -o default -F _${bin} ${bin}
`;

const zshScript = (bin: string): string => `_${bin}() {
  local -a candidates
  candidates=(\${(f)"$(_${bin}_candidates "$words[CURRENT]" "$words[CURRENT-1]" "\${(@)words[2,CURRENT-1]}")"})
  if (( \${#candidates} )); then compadd -a candidates; else _files; fi
}
if [ "$funcstack[1]" = "_${bin}" ]; then _${bin} "$@"; else compdef _${bin} ${bin}; fi
`;

function posixCase(name: string, rows: ReadonlyMap<string, Candidates>): string {
  const lines = [...rows].map(([key, words]) => `    ${quoted(key)}) echo ${quoted(words.join(' '))} ;;\n`);
  return `${name}() {\n  case "$1" in\n${lines.join('')}  esac\n}\n`;
}

function fishScript(bin: string, {words, flags, values}: CommandTable): string {
  return `${fishSwitch(`_${bin}_words`, words)}${fishSwitch(`_${bin}_flags`, flags)}${fishSwitch(`_${bin}_values`, values)}function _${bin}_expand
  for word in $argv
    switch $word
      case '@*'
        command ${bin} complete (string sub --start 2 -- $word) 2>/dev/null
      case '*'
        echo $word
    end
  end
end
function _${bin}_candidates
  set -l words (commandline --cut-at-cursor --tokenize --current-process)
  set -l current (commandline --current-token)
  set -l path
  for word in $words[2..-1]
    string match --quiet -- '-*' $word; and continue
    contains -- $word (_${bin}_words "$path"); or break
    set path $path $word
  end
  set -l values (_${bin}_values "$path $words[-1]")
  if test (count $values) -gt 0
    _${bin}_expand $values
  else if string match --quiet -- '-*' $current
    _${bin}_expand (_${bin}_flags "$path")
  else
    _${bin}_expand (_${bin}_words "$path")
  end
end
complete --command ${bin} --arguments '(_${bin}_candidates)'
`;
}

function fishSwitch(name: string, rows: ReadonlyMap<string, Candidates>): string {
  const lines = [...rows].map(
    ([key, words]) => `    case ${quoted(key)}\n      printf '%s\\n' ${words.map(quoted).join(' ')}\n`,
  );
  return `function ${name}\n  switch "$argv[1]"\n${lines.join('')}  end\nend\n`;
}

/** Names of commands, flags and their options hold no quotes. */
const quoted = (text: string): string => `'${text}'`;
