# bash completion of usersig(1). The options come from `usersig COMMAND --help`, so that they cannot differ from it.
_usersig()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
    local commands='url call sign admin verify inspect status apis explain export'
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands help --help --version" -- "$current")
        return
    fi
    case $previous in
    help)
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
        return
        ;;
    --key-file | --socket | --cacert | --resume)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --region)
        mapfile -t COMPREPLY < <(compgen -W 'china singapore seoul tokyo frankfurt jakarta' -- "$current")
        return
        ;;
    --app | --sdkappid | --identifier | --as | --for | --lifetime | --min-remaining | --room | --room-string | --rights | --host | --random | --param | --now | --rate | --deadline)
        return
        ;;
    esac
    case $command in
    verify | inspect | explain | call)
        if [[ $current == @* ]]; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -P @ -f -- "${current#@}")
            return
        fi
        ;;
    esac
    if [[ $command == export && $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'postman openapi http' -- "$current")
        return
    fi
    if [[ $current == -* && " $commands " == *" $command "* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null |
            sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p')" -- "$current")
    fi
}
complete -F _usersig usersig
