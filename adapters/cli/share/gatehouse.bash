# SPDX-License-Identifier: Apache-2.0
# bash completion for gatehouse(1)

_gatehouse() {
  local cur prev words cword
  _init_completion -n : || return

  local command='' action='' i
  for ((i = 1; i < cword; i++)); do
    case ${words[i]} in
      -*) ;;
      *)
        if [[ -z $command ]]; then
          command=${words[i]}
        elif [[ -z $action ]]; then
          action=${words[i]}
        fi
        ;;
    esac
  done

  case $prev in
    --config | --keys)
      _filedir
      return
      ;;
    --auth-socket)
      _filedir
      return
      ;;
    --plugin-dir)
      _filedir -d
      return
      ;;
    --upstream)
      mapfile -t COMPREPLY < <(compgen -W 'whoami: http://127.0.0.1:' -- "$cur")
      return
      ;;
    --backend | --listen | --forward-auth | --admin | --realm | --realm-name | --threads | --issuer | --audience | --plugin | --option | --user | --group | --attribute | --host | --from) return ;;
  esac

  local options='--help'
  case $command in
    '') options='serve check login passwd rules plugin token cache throttle --help --version' ;;
    serve) options='--config --backend --plugin-dir --upstream --listen --forward-auth --admin --tls-cert --tls-key --threads --auth-socket --realm --realm-name --help' ;;
    check) options='--config --backend --plugin-dir --help' ;;
    login) options='--config --backend --plugin-dir --realm --help -i' ;;
    cache)
      if [[ -z $action ]]; then options='flush --help'; else options='--admin --help'; fi
      ;;
    throttle)
      case $action in
        '') options='list clear --help' ;;
        clear) options='--all --admin --help' ;;
        *) options='--admin --help' ;;
      esac
      ;;
    passwd)
      if [[ $cur != -* ]]; then
        _filedir
        if [[ -z $action && audit == "$cur"* ]]; then COMPREPLY+=(audit); fi
        return
      fi
      options='-c -n -b -i -m -B -C -2 -5 -r -d -s -p -D -v --help'
      ;;
    rules)
      case $action in
        '') options='explain --help' ;;
        *) options='--config --user --group --attribute --host --from --help' ;;
      esac
      ;;
    plugin)
      case $action in
        '') options='list describe check --plugin-dir --help' ;;
        describe) options='--markdown --plugin-dir --help' ;;
        check)
          if [[ $cur != -* ]]; then
            _filedir so
            return
          fi
          options='--option --user --plugin-dir --help'
          ;;
        *) options='--plugin-dir --help' ;;
      esac
      ;;
    token)
      options='--keys --issuer --audience --signature-only --plugin --plugin-dir --help'
      if [[ -z $action ]]; then options='check --help'; fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
} && complete -F _gatehouse gatehouse
