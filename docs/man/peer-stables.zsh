#compdef peer-stables
_peer_stables() {
  local -a commands modes
  commands=(
    'getaddress:a fresh address to fund this node with'
    'balance:what this node holds on chain, in channels, as dollars and as bitcoin'
    'nodeinfo:this node'\''s id, addresses, how far it is synced and how it stands with its chain source'
    'onchainsend:pay to an address'
    'sync:bring the wallets to the chain'\''s tip now'
    'connect:connect to a peer and stay connected'
    'disconnect:hang up on a peer'
    'openchannel:open a channel; without arguments to the LSP'
    'listallchannels:this node'\''s channels, and closed ones whose money is still on its way back'
    'channels:this node'\''s channels, and closed ones whose money is still on its way back'
    'closechannel:close a channel; what is due on a stable agreement with that peer is settled first'
    'closeallchannels:close every channel, settling first'
    'getinvoice:an invoice to be paid over existing channels'
    'payinvoice:pay an invoice and wait for the outcome'
    'pay:pay an invoice and wait for the outcome'
    'payjitinvoice:pay a JIT invoice; without one the newest made on this machine'
    'keysend:pay a node without an invoice'
    'getouroffer:a reusable BOLT 12 offer'
    'payoffer:pay a BOLT 12 offer and wait for the outcome'
    'getjitinvoice:an invoice whose payment opens a channel from the LSP'
    'lsps1:channels ordered from LSPs, newest last, as the LSPs say they stand now'
    'lsps2:the LSPs that can open channels, and the one in use'
    'startstablechannel:agree with a channel'\''s peer on a dollar value'
    'stable:the stable agreements and where they stand at the present price'
    'checkstability:look at a position now and pay what is due from us'
    'stopstable:settle what is due and end an agreement'
    'resize:change what a stable agreement holds to so many dollars'
    'buy:buy bitcoin with so many of the dollars held'
    'sell:sell bitcoin for so many dollars more'
    'renegotiate:propose other terms for a stable agreement; no amount changes'
    'resume:let a frozen stable agreement go on, its strikes forgotten'
    'topup:put more stake behind a stable agreement, as its provider'
    'reopen:take an ended agreement up again\: sweep, new channel, same target'
    'settlements:the settlements of the stable agreements, newest last'
    'resolve:say how a settlement ended whose outcome nobody can tell'
    'price:the accepted price and its sources; with USD set it'
    'payments:payments in and out, newest last'
    'peers:known peers and whether they are connected'
    'forwards:payments this node passed on, newest last'
    'income:what this node earned\: opening, forwarding and conversion fees, by day and by peer'
    'log:the node'\''s log, newest last'
    'audit:the hash-chained record of everything that touched money, newest last'
    'backup:a checked copy of seed, channels and ledger in a new folder or file, while the role goes on'
    'recoverpayouts:collect what peers paid out of channels that were lost with this node'\''s data'
    'help:what can be typed here; with a command, all about it'
    'exit:stop cleanly and leave'
    'quit:stop cleanly and leave'
  )
  modes=(
    'demo:all three roles and a chain of their own, in one process'
    'attach:the dashboard of a role that runs already; several may look on'
    'backtest:the peg over a price history; no node needed'
    'verify:check an evidence file that --evidence wrote; no node needed'
    'keys:a role'\''s seed and its words; needs --role'
    'doctor:look at data, disk, clock, chain, ports, peers and prices, and say what to do'
    'backup:a role'\''s data copied to a new folder, or file (.tar, .tar.zst), while it runs or not; --move ends it here'
    'restore:puts a backup in its place, unless that could lose funds; docs/recovery.md'
    'config:the config file, and what holds'
    'completions:a completion script'
    'manual:the manual page; for man -l -'
  )
  local behind=${words[(i)--]}
  if ((behind < CURRENT)); then
    if ((CURRENT == behind + 1)); then _describe command commands; fi
    return
  fi
  _arguments -S \
    '--role[which of the three this process is]:value:(user lsp exchange)' \
    '--network[the network; bitcoin is real money and must be named \[mutinynet\]]:value:(regtest mutinynet signet testnet bitcoin)' \
    '--chain[esplora=URL, electrum=URL or bitcoind=http\://user\:pass@host\:port \[a public Esplora server of the network; none on regtest\]]:value: ' \
    '--chain-password-file[a file that holds chain-password]:value:_files' \
    '--rgs-url[where gossip comes from as a snapshot (rapid gossip sync) \[gossip comes from peers\]]:value: ' \
    '--scores-url[where scores of paths come from, to find routes by \[only what this node learns itself\]]:value: ' \
    '--script[run a script headless; - is standard input]:value:_files' \
    '--json[one JSON object a line on standard output]' \
    '--passphrase-file[whose first line opens the seed; or PEER_STABLES_PASSPHRASE in the environment, or the prompt]:value:_files' \
    '--words-file[the words of a seed, for keys restore; else the terminal asks for them]:value:_files' \
    '--since[when the words were made, for keys restore with bitcoind\: 2026-01-31, or a block'\''s height \[the whole chain is read\]]:value:(DATE HEIGHT)' \
    '--words[how many words keys new makes \[24\]]:value:(12 24)' \
    '--data-dir[where everything is kept \[the platform'\''s data folder\]]:value:_files -/' \
    '--config[a TOML file with these settings \[the one that config path names\]]:value:_files' \
    '--listen[where peers reach this node \[0.0.0.0 (regtest\: 127.0.0.1), port 9735 exchange, 9736 user, 9737 lsp\]]:value: ' \
    '--lsp[an LSP to get channels from; of several the first is in use until lsps2 use says otherwise \[on one machine it is found by itself\]]:value: ' \
    '--lsp-token-file[a file that holds lsp-token]:value:_files' \
    '--alias[the node'\''s public name \[the role'\''s name\]]:value: ' \
    '--log-level[how much goes into the node'\''s log file \[debug\]]:value:(error warn info debug trace)' \
    '--price[live, fixed=USD, scenario=NAME or file=CSV \[live; in the demo scenario=calm\]]:value: ' \
    '--price-venue[a further dollar venue\: name=N url=URL last=PATH \[bid= ask= time= unit= time_unit=\]]:value: ' \
    '--speed[scenario seconds per real second]:value: ' \
    '--seed[seed of the scenario'\''s randomness]:value: ' \
    '--opening-fee-ppm[lsp\: share of the first payment for opening its channel \[0\]]:value: ' \
    '--opening-fee-min[lsp\: the least it asks for opening a channel \[0\]]:value: ' \
    '--payment-min[lsp\: the least first payment \[the least that can open a channel at the fee rate of the moment\]]:value: ' \
    '--payment-max[lsp\: the largest first payment \[100000000\]]:value: ' \
    '--over-provisioning[lsp\: its share of a new channel, in millionths of what the user gets; 1000000 matches it \[1000000\]]:value: ' \
    '--require-token-file[a file that holds require-token]:value:_files' \
    '--day-cap[lsp\: the most to put into new channels in 24 hours \[no cap\]]:value: ' \
    '--chain-reserve[lsp\: kept on chain for fees, beside LDK'\''s reserve for each channel \[0\]]:value: ' \
    '--min-lifetime[lsp\: how long a channel is promised to stay once it confirmed \[100\]]:value: ' \
    '--withdraw-offers[lsp\: offer less, or nothing, while funds or the day'\''s cap run low \[true; in the demo false\]]:value:(true false)' \
    '--terms[the terms proposed for a stable channel \[default\]]:value:(default stable-channels)' \
    '--stable-peers[whom stable agreements are made with \[all\]]:value:(all NODEID,...)' \
    '--stable-max-peer[the most dollars to agree on with one peer \[1000\]]:value: ' \
    '--stable-max-total[the most dollars to agree on in all \[100000\]]:value: ' \
    '--stable-cover[the least fall of the price, in 1/100 %, a provider'\''s stake must cover \[2000\]]:value: ' \
    '--stable-tolerance[how far a peer'\''s price may lie from ours, in 1/100 % \[50\]]:value: ' \
    '--stable-strikes[unanswered claims, or prices out of tolerance, that freeze an agreement \[3\]]:value: ' \
    '--stable-exit[when a peer won'\''t pay\: wait for it, end the agreement, or end it and close the channels \[wait\]]:value:(wait end close)' \
    '--stable-fee[fee on conversions in 1/100 %\: the least a provider asks, the most a receiver pays \[0\]]:value: ' \
    '--stable-carry-over[bring the stake for a peg whose channels were closed when its holder takes it up again \[yes for an LSP, no for others\]]:value:(yes no)' \
    '--stable-counter[take up a counter-offer that is at most this much smaller, in 1/100 % \[0\]]:value: ' \
    '--headless[run the role as a service\: no screen, a log, and others attach to it]' \
    '--log-file[headless\: the log, else service.log in the role'\''s folder; - is standard output]:value:_files' \
    '--metrics[headless\: /health and Prometheus /metrics, on loopback only; off unless set]:value: ' \
    '--yes[no confirmations]' \
    '--plain[line by line instead of the dashboard, as screen readers need it]' \
    '--theme[the dashboard'\''s colours]:value:(dark light contrast plain)' \
    '--alerts[tell of a drift, thin cover, a peer that is gone or a price on hold\: by bell or by the terminal'\''s notice \[off\]]:value:(off bell notify)' \
    '--mouse[clicks choose tabs, panes and rows, the wheel scrolls; the terminal then selects text with shift held only]' \
    '--no-color[no colours (NO_COLOR too)]' \
    '--help[what can be given here, and every command]' \
    '--version[which version this is]' \
    '1: :{_describe mode modes}'     '2: :{case ${words[CURRENT-1]} in backtest) _files;; verify) _files;; keys) compadd new restore protect unprotect status;; backup) _files;; restore) _files;; config) compadd init show path check;; completions) compadd bash zsh fish;; esac}'
}
compdef _peer_stables peer-stables
