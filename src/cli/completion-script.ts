// What shells run to complete a command line of ours. Each hands the words up to the cursor to `damask complete`, which answers a
// candidate a line (after a tab, what it is), or that file names are wanted.
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Answers of `damask complete` that are no candidates. */
export const FILES = ':files'
export const FOLDERS = ':folders'

const bash = `
# bash completion of damask
_damask() {
  local word line prefix= words=() program=\${1/#~\\//$HOME/}
  local -i i
  # bash takes --output=json for three words
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((i > 1)) && [[ $word == = || \${COMP_WORDS[i - 1]} == = ]]; then
      words[\${#words[@]} - 1]+=$word
      prefix=\${words[\${#words[@]} - 1]%%=*}=
    else
      words+=("$word")
      prefix=
    fi
  done
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      ${FILES}) compopt -o default 2>/dev/null ;;
      ${FOLDERS}) compopt -o dirnames 2>/dev/null ;;
      *)
        line=\${line%%$'\\t'*}
        COMPREPLY+=("\${line#"$prefix"}")
        ;;
    esac
  done < <("$program" complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _damask damask
`

const zsh = `
#compdef damask
_damask() {
  local line value
  local -a candidates
  for line in "\${(@f)$("\${(Q)words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      ${FILES}) _files; return ;;
      ${FOLDERS}) _files -/; return ;;
      *)
        value=\${line%%$'\\t'*}
        candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
        ;;
    esac
  done
  _describe damask candidates
}
if [[ $funcstack[1] == _damask ]]; then _damask "$@"; else compdef _damask damask; fi
`

const fish = `
# fish completion of damask
function __damask_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program complete -- $words "$current" 2>/dev/null)
        switch $line
            case ${FILES}
                __fish_complete_path "$current"
            case ${FOLDERS}
                __fish_complete_directories "$current"
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c damask -f -a '(__damask_candidates)'
`

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish }
