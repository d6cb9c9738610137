# bash completion of sigctl(8). Commands and options come from `sigctl --help`, so that they cannot differ from it.
_sigctl()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-} commands
    COMPREPLY=()
    commands=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n '/^Commands$/,/^$/s/^  \([a-z-]*\) .*/\1/p')
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands help --help --version" -- "$current")
        return
    fi
    case $previous in
    help)
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
        return
        ;;
    --config | --socket | --sigd | --key-file | --master | --from-master | --test-key | --cacert)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --user)
        mapfile -t COMPREPLY < <(compgen -u -- "$current")
        return
        ;;
    --region)
        mapfile -t COMPREPLY < <(compgen -W 'china singapore seoul tokyo frankfurt jakarta' -- "$current")
        return
        ;;
    --app | --accept | --admin | --sdkappid | --key | --identifier | --host | --passphrase-fd)
        return
        ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null |
            sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p')" -- "$current")
        return
    fi
    case $command in
    log-level) mapfile -t COMPREPLY < <(compgen -W 'error warn info debug' -- "$current") ;;
    clock) mapfile -t COMPREPLY < <(compgen -W 'show accept' -- "$current") ;;
    audit)
        if ((COMP_CWORD == 2)); then
            mapfile -t COMPREPLY < <(compgen -W 'verify find' -- "$current")
            return
        fi
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    seal | unseal | keygen)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    esac
}
complete -F _sigctl sigctl
