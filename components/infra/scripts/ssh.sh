# One host, known by its key beforehand.
# Environment: SSH_HOST, SSH_PORT, SSH_USER, SSH_HOST_KEY (type and key), SSH_KEY (private).

# ssh_open: fails here, before anything is changed, where the host is another one or refuses the key.
ssh_open() {
    need ssh
    printf '%s\n' "$SSH_KEY" > "$work/key"
    case $SSH_PORT in
        22) name=$SSH_HOST ;;
        *) name="[$SSH_HOST]:$SSH_PORT" ;;
    esac
    printf '%s %s\n' "$name" "$SSH_HOST_KEY" > "$work/hosts"
    cat > "$work/ssh" << CONFIG
Host *
    HostName $SSH_HOST
    Port $SSH_PORT
    User $SSH_USER
    IdentityFile $work/key
    IdentitiesOnly yes
    BatchMode yes
    StrictHostKeyChecking yes
    UserKnownHostsFile $work/hosts
    GlobalKnownHostsFile /dev/null
    ConnectTimeout 15
    ServerAliveInterval 15
CONFIG
    on_host true < /dev/null || fail "cannot log in to $SSH_HOST as $SSH_USER." \
        "see the words of ssh above: a host that was set up anew shows another key than the one in cicd:infra; one that refuses ours lacks it in authorized_keys."
}

# on_host COMMAND: runs it there with this function's standard input.
on_host() {
    ssh -F "$work/ssh" "$SSH_HOST" "$@"
}

