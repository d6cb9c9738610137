# fish completion of sigctl(8). Commands and options come from `sigctl --help`, so that they cannot differ from it; apps from
# sigd.
function __sigctl_words
    commandline -opc
end

function __sigctl_apps
    set -l words (__sigctl_words)
    $words[1] status --json 2>/dev/null | string match -ra '"name": *"[^"]*", *"sdkappid"' | string replace -r '.*: *"([^"]*)",.*' '$1'
end

# Names and what they mean from the help of a command, if one is given, by a pattern.
function __sigctl_help -a pattern command
    set -l words (__sigctl_words)
    $words[1] (test -n "$command"; and echo $command) --help 2>/dev/null | sed -n '/^Commands$/,/^$/p; /^Options$/,/^$/p' | string match -rg $pattern | while read -l name
        read -l about
        printf '%s\t%s\n' $name $about
    end
end

function __sigctl_complete
    set -l words (__sigctl_words)
    set -l current (commandline -ct)
    if test (count $words) -eq 1
        __sigctl_help '^  ([a-z-]+) +(\S.*)$'
        printf '%s\n' help --help --version
        return
    end
    switch $words[-1]
        case help
            __sigctl_help '^  ([a-z-]+) +(\S.*)$'
            return
        case --config --socket --sigd --key-file --master --from-master --test-key --cacert
            __fish_complete_path $current
            return
        case --user
            __fish_complete_users
            return
        case --region
            printf '%s\n' china singapore seoul tokyo frankfurt jakarta
            return
        case --app
            __sigctl_apps
            return
        case --accept --admin --sdkappid --key --identifier --host --head --passphrase-fd
            return
    end
    switch $current
        case '-*'
            __sigctl_help '^  (--[a-z0-9-]+)(?: [A-Z=]+)?  +(\S.*)$' $words[2]
            return
    end
    switch $words[2]
        case log-level
            printf '%s\n' error warn info debug
        case clock
            printf '%s\n' show accept
        case audit
            test (count $words) -eq 2; and printf '%s\n' verify find; or __fish_complete_path $current
        case freeze
            __sigctl_apps
        case seal unseal keygen
            __fish_complete_path $current
    end
end

complete -c sigctl -f -a '(__sigctl_complete)'
