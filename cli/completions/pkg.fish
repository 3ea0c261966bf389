# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pkg_global_optspecs
    string join \n color= h/help V/version
end

function __fish_pkg_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pkg_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pkg_using_subcommand
    set -l cmd (__fish_pkg_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pkg -n "__fish_pkg_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_needs_command" -s V -l version -d 'Print version'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "build" -d 'Build the packages of a release description'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "delta" -d 'Make delta packages for a release that was signed before'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "sign" -d 'Add a signature to packages'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "verify" -d 'Verify packages: signatures, rules and every byte'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "inspect" -d 'Show what is in a package'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "advisory" -d 'Write the advisory of a package, for people or as CSAF'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "diff" -d 'Show what changed between two packages, down to the files in their images'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "unpack" -d 'Take a verified package apart into a folder'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "apply" -d 'Rebuild the images of a verified package'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "decide" -d 'Say what a device should do now, and why'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "records" -d 'Check the records of decisions'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "audit" -d 'Judge all releases of a product together: is security kept apart from features?'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "patch" -d 'Make, apply and show patches between bare files'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "key" -d 'Make and show keys'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "keyring" -d 'Make, sign and show keyrings'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "explain" -d 'Say what a rule means and what to do about it'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "man" -d 'Write the man pages'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "completions" -d 'Write completions for a shell'
complete -c pkg -n "__fish_pkg_using_subcommand build" -s o -l out -d 'The folder the packages go to; it is made if it is not there' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l input-root -d 'A folder that the description may name files in, besides its own (repeat for several)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l key -d 'Sign with this key: a file, pkcs11:… or exec:PROGRAM (repeat for several); overrides `signing.keys`' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l delivery-key -d 'Sign the delivery with this key; without one, every --key signs it' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l keyring -d 'The keyring that judges earlier packages and what is built' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l jobs -d 'Worker threads [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l level -d 'How hard to compress' -r -f -a "fast\t'For every build of a working day'
default\t'For releases'
small\t'For releases to large fleets: slow, no byte too many'"
complete -c pkg -n "__fish_pkg_using_subcommand build" -l max-memory -d 'Memory that making a delta may take, such as 512M or 2G; less than it likes makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l max-decode-memory -d 'Memory that devices allow to decode one chunk, such as 16M: a delta that needs more is not kept' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand build" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand build" -l strict-separation -d 'Refuse a security release in whose images a file changed that no fix touches'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l replace -d 'Replace a package of the same release that differs; a signed one is never replaced by an unsigned one'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l base -d 'The full package of a release that devices run (repeat for several)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l key -d 'Sign the deliveries with this key (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -s o -l out -d 'The folder the packages go to; it is made if it is not there' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l keyring -d 'The keyring that judges package, bases and what is made; without one, only what the keys given here have signed is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l jobs -d 'Worker threads [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l max-memory -d 'Memory that making a delta may take, such as 512M or 2G; less than it likes makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l max-decode-memory -d 'Memory that devices allow to decode one chunk, such as 16M: a delta that needs more is not kept' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l replace -d 'Replace a package of the same release that differs; a signed one is never replaced by an unsigned one'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l key -d 'The key to sign with: a file, pkcs11:… or exec:PROGRAM' -r
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l keyring -d 'The keyring that says who may sign what: a key without the role for this product is refused' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l request -d 'Write the bytes to be signed elsewhere to FILE, and to FILE.txt what they are, in words' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l attach -d 'Attach the signature that came back: raw, or in hex or base64' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l public -d 'The public key that signs elsewhere' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -s o -l out -d 'Write the signed package here instead of in place' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l delivery -d 'Sign the delivery instead of the manifest'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l replace -d 'Replace what --out names'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l keyring -d 'The keyring that says who is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l state -d 'Judge applicability and rollback for the device with this state' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l max-decode-memory -d 'Refuse packages that need more memory to decode one chunk, such as 16M' -r
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l jobs -d 'Threads that hash [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l refuse-testing -d 'Refuse releases that were made for testing'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l statements-only -d 'Check the statements only; read no payload'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l keyring -d 'The keyring that says who is trusted; without one nothing is vouched for' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l lang -d 'The language of the texts' -r
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l whole -d 'Check every byte too, as `pkg verify` does; without it only the statements are read'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l keyring -d 'The keyring that says who is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l lang -d 'The language of the texts; without it English, or else the first there is' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l known -d 'Another package of the product, or a folder of them, that puts versions to digests; may be given more than once' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l namespace -d 'The maker\'s address on the web, for CSAF and OpenVEX [default: that of an https contact]' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l url -d 'The folder on the web where the document is published [default: the one that CSAF lays out below the namespace]' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l score -d 'A CVSS 3.1 vector for a vulnerability to which the manifest gives none; CSAF says so; may be given more than once' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l previous -d 'The document as it was published before, for CSAF and OpenVEX: with other content this one is its next version, with the same content the same' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -s o -l out -d 'Write here instead of to standard output; a folder (it is made) gets the file name that CSAF wants' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l csaf -d 'Write CSAF 2.0'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l openvex -d 'Write OpenVEX 0.2.0'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l text -d 'Write plain text for people'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l html -d 'Write one HTML page for people, without script and without anything from elsewhere'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l unverified -d 'Check no signature; the document says so, and CSAF has the status draft'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l keyring -d 'The keyring that says who is trusted; without one nothing is vouched for' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l base -d 'The image that a delta in NEW starts from (repeat for several); those in OLD are found without' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l old-base -d 'The image that a delta in OLD starts from (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l jobs -d 'Worker threads [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l lines -d 'How many files of an image are listed; --json lists all' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -l keyring -d 'The keyring that says who is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -s o -l out -d 'The folder to make; it must not exist, or be empty' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l keyring -d 'The keyring that says who is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l image -d 'Where the image of a component goes, a file or a block device (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l base -d 'The image in use of a component, a file or a block device: what a delta starts from (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l state -d 'Refuse unless the package fits the device with this state' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l journal -d 'Where it is kept how far this came, so that it goes on there after an interruption [default: beside the first image that is a file; block devices alone begin anew without one]' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l max-decode-memory -d 'Refuse packages that need more memory to decode one chunk, such as 16M' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l jobs -d 'Worker threads [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l in-place -d 'Write into files that are there, as into block devices, instead of replacing them'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l refuse-testing -d 'Refuse releases that were made for testing'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l keyring -d 'The keyring that says who is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l state -d 'The state of the device' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l answer -d 'What came of an earlier decision; it goes into the state file (repeat for several): notified, download, approve, postpone, decline or installed, each with =MANIFEST; opt-out or opt-in' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l answer-id -d 'An id that the client gives these answers: sent again with the same id they count once' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l record -d 'Append the decision to these records' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l now -d 'The time by a clock that is trusted, unix seconds or like 2026-12-01T09:00:00Z [default: now of the state file, or no clock]' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l elapsed -d 'Seconds that passed since the state file was written, by a clock that only goes forward' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l lang -d 'The language of the notice [default: that of the user]' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l save -d 'Write the state file also without an answer: the time that passed, and what was withdrawn'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l no-clock -d 'There is no clock to trust'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand records" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand records" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand records" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l keyring -d 'The keyring that says who is trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l history -d 'What the product shipped before it used packages; declared, not signed' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l records -d 'Decision records of devices; their chains are checked' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l as-of -d 'Judge as of this time: a date, or unix seconds [default: when the newest statement was issued]' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l lag-limit -d 'How much later a fix may come for some than for others' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l jobs -d 'Threads that verify [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l format -d 'How to write the report' -r -f -a "text\t'For a terminal'
json\t'For programs'
markdown\t'For a wiki or a ticket'
html\t'One page that needs nothing else, with the release graph drawn'"
complete -c pkg -n "__fish_pkg_using_subcommand audit" -s o -l out -d 'Write the report to a file' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l whole -d 'Check every byte of the packages, not the statements alone'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l json -d 'Print JSON: the same as --format json'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -f -a "make" -d 'Make the patch that turns one file into another'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -f -a "apply" -d 'Make the new file from the old one and the patch'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -f -a "info" -d 'Show what a patch says of itself'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -s o -l out -d 'The patch' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l jobs -d 'Worker threads [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l max-memory -d 'Memory that making a delta may take, such as 512M or 2G; less than it likes makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -s o -l out -d 'The file that comes of it; may be the old one' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -l jobs -d 'Worker threads [default: as many as there are cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, else nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'Nothing'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -f -a "new" -d 'Make a key: PATH.key and PATH.pub'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -f -a "show" -d 'Show the id of keys, public or private'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -f -a "rewrap" -d 'Encrypt a key file anew, so that its passphrase takes long to try'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l alg -d 'ed25519, or ml-dsa-65 for signatures besides it that quantum computers cannot forge' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the passphrase from the first line of a file, or of descriptor N with fd:N' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l no-passphrase -d 'Leave the private key unencrypted'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l pem -d 'Print the public keys in PEM, as --add and --root take them'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l new-passphrase-file -d 'Read the new passphrase from the first line of a file, or of descriptor N with fd:N' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -f -a "new" -d 'Make a keyring'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -f -a "edit" -d 'Make the next version of a keyring, with its predecessors in the same file'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -f -a "sign" -d 'Add the signature of a root key, of this version or of the one before'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -f -a "update" -d 'Accept newer versions of the keyring in force, as a device does'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from new edit sign update show" -f -a "show" -d 'Show who may sign what'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l name -d 'Its name [default: that of the file]' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l root -d 'A root key: it signs keyrings (repeat for several)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l threshold -d 'How many Ed25519 root keys must sign a keyring [default: 1, or what it was]' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l add -d 'What a key may sign: security, feature, notice, withdrawal, delivery (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l role-threshold -d 'How many Ed25519 keys of a role must sign; also for security-exception' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l post-quantum -d 'How many ML-DSA-65 keys of a role must sign besides; also for root and security-exception; 0 for none' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l bind -d 'Bind a key, by its file, key id or label, to a product, a channel or a scope (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l sign -d 'Sign it with these root keys' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -s o -l out -d 'The keyring to write' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l replace -d 'Replace what --out names'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l root -d 'A root key: it signs keyrings (repeat for several)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l threshold -d 'How many Ed25519 root keys must sign a keyring [default: 1, or what it was]' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l add -d 'What a key may sign: security, feature, notice, withdrawal, delivery (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l role-threshold -d 'How many Ed25519 keys of a role must sign; also for security-exception' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l post-quantum -d 'How many ML-DSA-65 keys of a role must sign besides; also for root and security-exception; 0 for none' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l bind -d 'Bind a key, by its file, key id or label, to a product, a channel or a scope (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l remove -d 'Take away what a key may sign: its file, key id or label (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l remove-root -d 'Take away a root key' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l revoke -d 'Revoke a key for ever: nothing that it signed counts any more' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l heads -d 'Your releases and withdrawals, as packages or folders of packages: devices that run a release of a revoked key find their way back to the newest of each line' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l sign -d 'Sign it with these root keys, of this version or of the one before' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -s o -l out -d 'The keyring to write; may be the one in force' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l replace -d 'Replace what --out names'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l key -d 'The root key to sign with (repeat for several)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l request -d 'Write the bytes to be signed elsewhere to FILE, and to FILE.txt what they are, in words' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l attach -d 'Attach the signature that came back: raw, or in hex or base64' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l public -d 'The public key that signs elsewhere' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of descriptor N with fd:N; once for all keys, or once for each in their order' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l danger-readable-key -d 'Use key files that others can read or replace; whoever can may sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -s o -l out -d 'The keyring to write; may be CURRENT' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -l danger-allow-example-keys -d 'Accept keys whose private halves are public; only to try things out'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand explain" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand man" -s o -l out -d 'Write a page for each command into this folder, instead of pkg(1) to standard output' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
