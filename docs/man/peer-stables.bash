# bash completion for peer-stables
_peer_stables() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" behind=0 i list=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ "${COMP_WORDS[i]}" == "--" ]]; then behind=$i; break; fi
  done
  if ((behind)); then
    if ((COMP_CWORD == behind + 1)); then
      list="getaddress balance nodeinfo onchainsend sync connect disconnect openchannel listallchannels channels closechannel closeallchannels getinvoice payinvoice pay payjitinvoice keysend getouroffer payoffer getjitinvoice lsps1 lsps2 startstablechannel stable checkstability stopstable resize buy sell renegotiate resume topup reopen settlements resolve price payments peers forwards income log audit backup recoverpayouts help exit quit"
    else
      case "${COMP_WORDS[behind+1]}" in
      openchannel) list="--push --private" ;;
      closechannel) list="--force --early" ;;
      closeallchannels) list="--force --early" ;;
      getjitinvoice) list="--max-fee --new-channel --stable" ;;
      lsps1) list="order --client --expiry --announce" ;;
      lsps2) list="quote use policy --fee-ppm --fee-min --min --max --over-provisioning --token --day-cap --reserve --lifetime --reset" ;;
      startstablechannel) list="true false yes no --accept-counter" ;;
      stable) list="wishes --evidence --cancel" ;;
      resize) list="--accept-counter" ;;
      buy) list="--accept-counter" ;;
      sell) list="--accept-counter" ;;
      renegotiate) list="--band --floor --check --cooldown --tolerance --cover --strikes --fee --accept-counter" ;;
      reopen) list="--accept-less --cancel" ;;
      resolve) list="paid failed" ;;
      payments) list="--direction --status" ;;
      income) list="--days" ;;
      log) list="--level --grep" ;;
      audit) list="--agreement --kind" ;;
      esac
    fi
    COMPREPLY=($(compgen -W "$list" -- "$cur"))
    return
  fi
  case "$prev" in
    --role) COMPREPLY=($(compgen -W "user lsp exchange" -- "$cur")); return ;;
    --network) COMPREPLY=($(compgen -W "regtest mutinynet signet testnet bitcoin" -- "$cur")); return ;;
    --chain) return ;;
    --chain-password-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --rgs-url) return ;;
    --scores-url) return ;;
    --script) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --passphrase-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --words-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --since) COMPREPLY=($(compgen -W "DATE HEIGHT" -- "$cur")); return ;;
    --words) COMPREPLY=($(compgen -W "12 24" -- "$cur")); return ;;
    --data-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --listen) return ;;
    --lsp) return ;;
    --lsp-token-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --alias) return ;;
    --log-level) COMPREPLY=($(compgen -W "error warn info debug trace" -- "$cur")); return ;;
    --price) return ;;
    --price-venue) return ;;
    --speed) return ;;
    --seed) return ;;
    --opening-fee-ppm) return ;;
    --opening-fee-min) return ;;
    --payment-min) return ;;
    --payment-max) return ;;
    --over-provisioning) return ;;
    --require-token-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --day-cap) return ;;
    --chain-reserve) return ;;
    --min-lifetime) return ;;
    --withdraw-offers) COMPREPLY=($(compgen -W "true false" -- "$cur")); return ;;
    --terms) COMPREPLY=($(compgen -W "default stable-channels" -- "$cur")); return ;;
    --stable-peers) COMPREPLY=($(compgen -W "all NODEID,..." -- "$cur")); return ;;
    --stable-max-peer) return ;;
    --stable-max-total) return ;;
    --stable-cover) return ;;
    --stable-tolerance) return ;;
    --stable-strikes) return ;;
    --stable-exit) COMPREPLY=($(compgen -W "wait end close" -- "$cur")); return ;;
    --stable-fee) return ;;
    --stable-carry-over) COMPREPLY=($(compgen -W "yes no" -- "$cur")); return ;;
    --stable-counter) return ;;
    --log-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --metrics) return ;;
    --theme) COMPREPLY=($(compgen -W "dark light contrast plain" -- "$cur")); return ;;
    --alerts) COMPREPLY=($(compgen -W "off bell notify" -- "$cur")); return ;;
    backtest) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    verify) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    keys) COMPREPLY=($(compgen -W "new restore protect unprotect status" -- "$cur")); return ;;
    backup) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    restore) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    config) COMPREPLY=($(compgen -W "init show path check" -- "$cur")); return ;;
    completions) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")); return ;;
  esac
  COMPREPLY=($(compgen -W "demo attach backtest verify keys doctor backup restore config completions manual --role --network --chain --chain-password-file --rgs-url --scores-url --script --json --passphrase-file --words-file --since --words --data-dir --config --listen --lsp --lsp-token-file --alias --log-level --price --price-venue --speed --seed --opening-fee-ppm --opening-fee-min --payment-min --payment-max --over-provisioning --require-token-file --day-cap --chain-reserve --min-lifetime --withdraw-offers --terms --stable-peers --stable-max-peer --stable-max-total --stable-cover --stable-tolerance --stable-strikes --stable-exit --stable-fee --stable-carry-over --stable-counter --headless --log-file --metrics --yes --plain --theme --alerts --mouse --no-color --help --version" -- "$cur"))
}
complete -F _peer_stables peer-stables
