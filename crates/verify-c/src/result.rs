//! The one result enum: its numbers below 9000 are those of the rules.

use pkg_format::Rule;

/// What came of a call: the rule by which something was refused, by its number, or something about the
/// call itself.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum pkg_result {
    /// Done.
    PKG_OK = 0,
    /// CON-1: not a package.
    PKG_CON_1 = 101,
    /// CON-2: member header not in its one form.
    PKG_CON_2 = 102,
    /// CON-3: member out of place.
    PKG_CON_3 = 103,
    /// CON-4: member larger than its limit.
    PKG_CON_4 = 104,
    /// CON-5: padding not zero.
    PKG_CON_5 = 105,
    /// CON-6: package ends too early.
    PKG_CON_6 = 106,
    /// CON-7: end of the package not in its one form.
    PKG_CON_7 = 107,
    /// CON-8: member size differs from the signed size.
    PKG_CON_8 = 108,
    /// CBR-1: encoding ends too early.
    PKG_CBR_1 = 201,
    /// CBR-2: number or length not in shortest form.
    PKG_CBR_2 = 202,
    /// CBR-3: indefinite length.
    PKG_CBR_3 = 203,
    /// CBR-4: map keys not sorted.
    PKG_CBR_4 = 204,
    /// CBR-5: map key twice.
    PKG_CBR_5 = 205,
    /// CBR-6: type that statements do not use.
    PKG_CBR_6 = 206,
    /// CBR-7: map key is not text.
    PKG_CBR_7 = 207,
    /// CBR-8: text is not UTF-8.
    PKG_CBR_8 = 208,
    /// CBR-9: nested too deeply.
    PKG_CBR_9 = 209,
    /// CBR-10: bytes behind the encoding.
    PKG_CBR_10 = 210,
    /// CBR-11: encoding again gives other bytes.
    PKG_CBR_11 = 211,
    /// CBR-12: too many items.
    PKG_CBR_12 = 212,
    /// SIG-1: not signed.
    PKG_SIG_1 = 301,
    /// SIG-2: signed, but by no trusted key.
    PKG_SIG_2 = 302,
    /// SIG-3: signature does not match.
    PKG_SIG_3 = 303,
    /// SIG-4: too few signers.
    PKG_SIG_4 = 304,
    /// SIG-5: signature structure not in its one form.
    PKG_SIG_5 = 305,
    /// SIG-6: signature for another kind of statement.
    PKG_SIG_6 = 306,
    /// SIG-7: signature for other bytes.
    PKG_SIG_7 = 307,
    /// SIG-8: algorithm unknown.
    PKG_SIG_8 = 308,
    /// SIG-9: signature headers not in their one form.
    PKG_SIG_9 = 309,
    /// SIG-10: signatures not sorted, or a key twice.
    PKG_SIG_10 = 310,
    /// SIG-11: unprotected header.
    PKG_SIG_11 = 311,
    /// SIG-12: no signature, or too many.
    PKG_SIG_12 = 312,
    /// SIG-13: signature of the wrong length.
    PKG_SIG_13 = 313,
    /// SIG-14: signed only by revoked keys.
    PKG_SIG_14 = 314,
    /// SIG-15: signer has not this role.
    PKG_SIG_15 = 315,
    /// SIG-16: too few post-quantum signers.
    PKG_SIG_16 = 316,
    /// KEY-1: not a sound public key.
    PKG_KEY_1 = 401,
    /// KEY-2: example key.
    PKG_KEY_2 = 402,
    /// KEY-3: keyring lists a key twice.
    PKG_KEY_3 = 403,
    /// KEY-4: keyring not signed by its roots.
    PKG_KEY_4 = 404,
    /// KEY-5: threshold that cannot be met.
    PKG_KEY_5 = 405,
    /// KEY-6: keyring older than the package asks for.
    PKG_KEY_6 = 406,
    /// KEY-7: another keyring.
    PKG_KEY_7 = 407,
    /// KEY-8: gap in the chain of keyrings.
    PKG_KEY_8 = 408,
    /// KEY-9: keyring older than the one in force.
    PKG_KEY_9 = 409,
    /// KEY-10: same keyring version, other contents.
    PKG_KEY_10 = 410,
    /// KEY-11: not signed by the roots in force.
    PKG_KEY_11 = 411,
    /// KEY-12: algorithm this verifier was built without.
    PKG_KEY_12 = 412,
    /// MAN-1: required field missing.
    PKG_MAN_1 = 501,
    /// MAN-2: unknown field.
    PKG_MAN_2 = 502,
    /// MAN-3: field of the wrong type.
    PKG_MAN_3 = 503,
    /// MAN-4: value not in its grammar.
    PKG_MAN_4 = 504,
    /// MAN-5: value or count out of bounds.
    PKG_MAN_5 = 505,
    /// MAN-6: field that has no place here.
    PKG_MAN_6 = 506,
    /// MAN-7: list not sorted, or an entry twice.
    PKG_MAN_7 = 507,
    /// MAN-8: format version not supported.
    PKG_MAN_8 = 508,
    /// MAN-9: empty list.
    PKG_MAN_9 = 509,
    /// MAN-10: reference to nothing.
    PKG_MAN_10 = 510,
    /// TXT-1: character that could deceive a reader.
    PKG_TXT_1 = 601,
    /// TXT-2: empty text.
    PKG_TXT_2 = 602,
    /// TXT-3: text too long.
    PKG_TXT_3 = 603,
    /// TXT-4: language tag not in canonical form.
    PKG_TXT_4 = 604,
    /// TXT-5: character of a category that builders do not write.
    PKG_TXT_5 = 605,
    /// TXT-6: address not an https URL.
    PKG_TXT_6 = 606,
    /// SEP-1: class missing or unknown.
    PKG_SEP_1 = 701,
    /// SEP-2: separation missing or unknown.
    PKG_SEP_2 = 702,
    /// SEP-3: exception not justified.
    PKG_SEP_3 = 703,
    /// SEP-4: justification on a pure update.
    PKG_SEP_4 = 704,
    /// SEP-5: change without a need in a security update.
    PKG_SEP_5 = 705,
    /// SEP-6: necessary for what this package does not fix.
    PKG_SEP_6 = 706,
    /// SEP-7: pure update changes something.
    PKG_SEP_7 = 707,
    /// SEP-8: exception without a change.
    PKG_SEP_8 = 708,
    /// SEP-9: a fix by change must take away.
    PKG_SEP_9 = 709,
    /// SEP-10: security update leaves its line or feature level.
    PKG_SEP_10 = 710,
    /// SEP-11: functionality passed but not listed.
    PKG_SEP_11 = 711,
    /// SEP-12: feature update does not raise the feature level.
    PKG_SEP_12 = 712,
    /// SEP-13: fix that rides in a feature update only.
    PKG_SEP_13 = 713,
    /// SEP-14: level of an entry above the release's.
    PKG_SEP_14 = 714,
    /// SEP-15: earlier exception not carried forward.
    PKG_SEP_15 = 715,
    /// SEP-16: security update that fixes nothing.
    PKG_SEP_16 = 716,
    /// SEP-17: reopened without withdrawal.
    PKG_SEP_17 = 717,
    /// SEP-18: changed file that no fix or change touches.
    PKG_SEP_18 = 718,
    /// SEP-19: security update that changes no image.
    PKG_SEP_19 = 719,
    /// ADV-1: advisory missing.
    PKG_ADV_1 = 801,
    /// ADV-2: action missing.
    PKG_ADV_2 = 802,
    /// ADV-3: public fix without severity, impact or affected releases.
    PKG_ADV_3 = 803,
    /// ADV-4: delay of disclosure not justified.
    PKG_ADV_4 = 804,
    /// ADV-5: notice without status or remedy.
    PKG_ADV_5 = 805,
    /// ADV-6: planned fix without a date.
    PKG_ADV_6 = 806,
    /// ADV-7: required language missing.
    PKG_ADV_7 = 807,
    /// ADV-8: severity not a CVSS vector or word.
    PKG_ADV_8 = 808,
    /// ADV-9: vulnerability id not in its grammar.
    PKG_ADV_9 = 809,
    /// ADV-10: not affected without a justification.
    PKG_ADV_10 = 810,
    /// ADV-11: contact missing.
    PKG_ADV_11 = 811,
    /// ADV-12: exploitation date without exploitation.
    PKG_ADV_12 = 812,
    /// AUT-1: automatic installation not stated.
    PKG_AUT_1 = 901,
    /// AUT-2: automatic, but off by default.
    PKG_AUT_2 = 902,
    /// AUT-3: automatic without an opt-out.
    PKG_AUT_3 = 903,
    /// AUT-4: not automatic without a reason.
    PKG_AUT_4 = 904,
    /// AUT-5: not applicable, but on by default.
    PKG_AUT_5 = 905,
    /// CST-1: security update that costs.
    PKG_CST_1 = 1001,
    /// CST-2: tailor-made exception incomplete.
    PKG_CST_2 = 1002,
    /// CST-3: latest-only claim that costs.
    PKG_CST_3 = 1003,
    /// SUP-1: support period missing or malformed.
    PKG_SUP_1 = 1101,
    /// SUP-2: support below five years without a reason.
    PKG_SUP_2 = 1102,
    /// DEF-1: security update weakens a default.
    PKG_DEF_1 = 1201,
    /// VER-1: sequence does not rise.
    PKG_VER_1 = 1301,
    /// VER-2: same sequence, another state.
    PKG_VER_2 = 1302,
    /// VER-3: security level falls.
    PKG_VER_3 = 1303,
    /// VER-4: step to another line gains nothing.
    PKG_VER_4 = 1304,
    /// VER-5: counter jumps too far.
    PKG_VER_5 = 1305,
    /// VER-6: security update does not raise the security level.
    PKG_VER_6 = 1306,
    /// VER-7: counter is zero.
    PKG_VER_7 = 1307,
    /// VER-8: generation raised without need.
    PKG_VER_8 = 1308,
    /// VER-9: issued before the release it follows.
    PKG_VER_9 = 1309,
    /// VER-10: security level claims a fix that is not there.
    PKG_VER_10 = 1310,
    /// VER-11: scope that the device does not declare.
    PKG_VER_11 = 1311,
    /// VER-12: components are not those of the scope.
    PKG_VER_12 = 1312,
    /// VER-13: date out of range.
    PKG_VER_13 = 1313,
    /// POL-1: needs more memory than the device allows.
    PKG_POL_1 = 1401,
    /// POL-2: release for testing.
    PKG_POL_2 = 1402,
    /// POL-3: release that was withdrawn.
    PKG_POL_3 = 1403,
    /// POL-4: records changed or cut off.
    PKG_POL_4 = 1404,
    /// POL-5: may have been withdrawn.
    PKG_POL_5 = 1405,
    /// APP-1: for another product.
    PKG_APP_1 = 1501,
    /// APP-2: for other hardware.
    PKG_APP_2 = 1502,
    /// APP-3: does not apply to the installed state.
    PKG_APP_3 = 1503,
    /// APP-4: does not apply to an empty device.
    PKG_APP_4 = 1504,
    /// APP-5: another release is needed first.
    PKG_APP_5 = 1505,
    /// APP-6: delta for another base.
    PKG_APP_6 = 1506,
    /// DEL-1: delivery of another manifest.
    PKG_DEL_1 = 1601,
    /// DEL-2: payloads are not the images.
    PKG_DEL_2 = 1602,
    /// DEL-3: sums do not match.
    PKG_DEL_3 = 1603,
    /// DEL-4: chunk out of bounds.
    PKG_DEL_4 = 1604,
    /// DEL-5: codec unknown.
    PKG_DEL_5 = 1605,
    /// DEL-6: base where none belongs, or none where one does.
    PKG_DEL_6 = 1606,
    /// DEL-7: release without delivery, or words with one.
    PKG_DEL_7 = 1607,
    /// DEL-8: kind of delivery does not fit its payloads.
    PKG_DEL_8 = 1608,
    /// DEL-9: declares less memory than its chunks need.
    PKG_DEL_9 = 1609,
    /// PAY-1: chunk differs from its signed digest.
    PKG_PAY_1 = 1701,
    /// PAY-2: evidence differs from its signed digest.
    PKG_PAY_2 = 1702,
    /// PAY-3: chunk does not decode.
    PKG_PAY_3 = 1703,
    /// PAY-4: finished image differs from its signed digest.
    PKG_PAY_4 = 1704,
    /// DLT-1: not the base of this delta.
    PKG_DLT_1 = 1801,
    /// DLT-2: delta of an unknown version.
    PKG_DLT_2 = 1802,
    /// DLT-3: delta reaches outside the base.
    PKG_DLT_3 = 1803,
    /// DLT-4: stretches of a delta are not the image.
    PKG_DLT_4 = 1804,
    /// DLT-5: preamble or chunk of a delta ends early or goes on.
    PKG_DLT_5 = 1805,
    /// DLT-6: delta needs more memory than was declared.
    PKG_DLT_6 = 1806,
    /// G1: no way to a fix without a feature update.
    PKG_G1 = 1901,
    /// G2: users waited for a fix that others had.
    PKG_G2 = 1902,
    /// G3: something rides on a security update.
    PKG_G3 = 1903,
    /// G4: fix that can only be had with a feature update.
    PKG_G4 = 1904,
    /// G5: step that brings a vulnerability back.
    PKG_G5 = 1905,
    /// G6: class and levels disagree.
    PKG_G6 = 1906,
    /// G7: fix that only a delta brings.
    PKG_G7 = 1907,
    /// G8: release left behind.
    PKG_G8 = 1908,
    /// G9: users of an affected release are not told.
    PKG_G9 = 1909,
    /// G10: withdrawal leaves a gap.
    PKG_G10 = 1910,
    /// G11: release not retained.
    PKG_G11 = 1911,
    /// G12: fix that costs.
    PKG_G12 = 1912,
    /// G13: scopes that wait for each other.
    PKG_G13 = 1913,
    /// G14: level claims a fix that is not there.
    PKG_G14 = 1914,
    /// G15: silent fix in a feature release.
    PKG_G15 = 1915,
    /// G16: support ends earlier than was promised.
    PKG_G16 = 1916,
    /// G17: inseparable update omits a change.
    PKG_G17 = 1917,
    /// G18: correction beside a fix.
    PKG_G18 = 1918,
    /// G19: disclosure held back past its date.
    PKG_G19 = 1919,
    /// G20: fix taken back.
    PKG_G20 = 1920,
    /// G21: one state, two descriptions.
    PKG_G21 = 1921,
    /// A pointer is NULL that must not be.
    PKG_NULL_ARGUMENT = 9001,
    /// An argument is not in its form: text that is no UTF-8, an id that is none.
    PKG_INVALID_ARGUMENT = 9002,
    /// Something could not be read or written, or a callback failed.
    PKG_IO = 9003,
    /// A fault of this library; nothing is known of what it was doing.
    PKG_PANIC = 9004,
    /// The handle was used up, or something must be done before.
    PKG_WRONG_ORDER = 9005,
    /// The place of an image does not do: too small, in use, the wrong kind of file, named twice.
    PKG_STORAGE = 9006,
    /// The package has no image for this component.
    PKG_NO_SUCH_IMAGE = 9007,
    /// A delta, and no base was given.
    PKG_NEEDS_BASE = 9008,
    /// A notice or a withdrawal: there is nothing to install.
    PKG_WORDS = 9009,
    /// It cannot be put off again.
    PKG_NO_MORE = 9010,
    /// The stored state is lost, too old, full, or not the one that was named.
    PKG_STATE = 9011,
    /// The buffer does not hold it; the size that it needs was written.
    PKG_TOO_SMALL = 9012,
}

use pkg_result::*;

macro_rules! rules {
    ($($variant:ident $rule:ident,)*) => {
        /// The result of a rule.
        pub(crate) fn of_rule(rule: Rule) -> pkg_result {
            match rule {
                $(Rule::$rule => $variant,)*
                // `every_rule_has_its_number` fails before anybody meets this.
                _ => PKG_INVALID_ARGUMENT,
            }
        }
    };
}

rules! {
    PKG_CON_1 Con1,
    PKG_CON_2 Con2,
    PKG_CON_3 Con3,
    PKG_CON_4 Con4,
    PKG_CON_5 Con5,
    PKG_CON_6 Con6,
    PKG_CON_7 Con7,
    PKG_CON_8 Con8,
    PKG_CBR_1 Cbr1,
    PKG_CBR_2 Cbr2,
    PKG_CBR_3 Cbr3,
    PKG_CBR_4 Cbr4,
    PKG_CBR_5 Cbr5,
    PKG_CBR_6 Cbr6,
    PKG_CBR_7 Cbr7,
    PKG_CBR_8 Cbr8,
    PKG_CBR_9 Cbr9,
    PKG_CBR_10 Cbr10,
    PKG_CBR_11 Cbr11,
    PKG_CBR_12 Cbr12,
    PKG_SIG_1 Sig1,
    PKG_SIG_2 Sig2,
    PKG_SIG_3 Sig3,
    PKG_SIG_4 Sig4,
    PKG_SIG_5 Sig5,
    PKG_SIG_6 Sig6,
    PKG_SIG_7 Sig7,
    PKG_SIG_8 Sig8,
    PKG_SIG_9 Sig9,
    PKG_SIG_10 Sig10,
    PKG_SIG_11 Sig11,
    PKG_SIG_12 Sig12,
    PKG_SIG_13 Sig13,
    PKG_SIG_14 Sig14,
    PKG_SIG_15 Sig15,
    PKG_SIG_16 Sig16,
    PKG_KEY_1 Key1,
    PKG_KEY_2 Key2,
    PKG_KEY_3 Key3,
    PKG_KEY_4 Key4,
    PKG_KEY_5 Key5,
    PKG_KEY_6 Key6,
    PKG_KEY_7 Key7,
    PKG_KEY_8 Key8,
    PKG_KEY_9 Key9,
    PKG_KEY_10 Key10,
    PKG_KEY_11 Key11,
    PKG_KEY_12 Key12,
    PKG_MAN_1 Man1,
    PKG_MAN_2 Man2,
    PKG_MAN_3 Man3,
    PKG_MAN_4 Man4,
    PKG_MAN_5 Man5,
    PKG_MAN_6 Man6,
    PKG_MAN_7 Man7,
    PKG_MAN_8 Man8,
    PKG_MAN_9 Man9,
    PKG_MAN_10 Man10,
    PKG_TXT_1 Txt1,
    PKG_TXT_2 Txt2,
    PKG_TXT_3 Txt3,
    PKG_TXT_4 Txt4,
    PKG_TXT_5 Txt5,
    PKG_TXT_6 Txt6,
    PKG_SEP_1 Sep1,
    PKG_SEP_2 Sep2,
    PKG_SEP_3 Sep3,
    PKG_SEP_4 Sep4,
    PKG_SEP_5 Sep5,
    PKG_SEP_6 Sep6,
    PKG_SEP_7 Sep7,
    PKG_SEP_8 Sep8,
    PKG_SEP_9 Sep9,
    PKG_SEP_10 Sep10,
    PKG_SEP_11 Sep11,
    PKG_SEP_12 Sep12,
    PKG_SEP_13 Sep13,
    PKG_SEP_14 Sep14,
    PKG_SEP_15 Sep15,
    PKG_SEP_16 Sep16,
    PKG_SEP_17 Sep17,
    PKG_SEP_18 Sep18,
    PKG_SEP_19 Sep19,
    PKG_ADV_1 Adv1,
    PKG_ADV_2 Adv2,
    PKG_ADV_3 Adv3,
    PKG_ADV_4 Adv4,
    PKG_ADV_5 Adv5,
    PKG_ADV_6 Adv6,
    PKG_ADV_7 Adv7,
    PKG_ADV_8 Adv8,
    PKG_ADV_9 Adv9,
    PKG_ADV_10 Adv10,
    PKG_ADV_11 Adv11,
    PKG_ADV_12 Adv12,
    PKG_AUT_1 Aut1,
    PKG_AUT_2 Aut2,
    PKG_AUT_3 Aut3,
    PKG_AUT_4 Aut4,
    PKG_AUT_5 Aut5,
    PKG_CST_1 Cst1,
    PKG_CST_2 Cst2,
    PKG_CST_3 Cst3,
    PKG_SUP_1 Sup1,
    PKG_SUP_2 Sup2,
    PKG_DEF_1 Def1,
    PKG_VER_1 Ver1,
    PKG_VER_2 Ver2,
    PKG_VER_3 Ver3,
    PKG_VER_4 Ver4,
    PKG_VER_5 Ver5,
    PKG_VER_6 Ver6,
    PKG_VER_7 Ver7,
    PKG_VER_8 Ver8,
    PKG_VER_9 Ver9,
    PKG_VER_10 Ver10,
    PKG_VER_11 Ver11,
    PKG_VER_12 Ver12,
    PKG_VER_13 Ver13,
    PKG_POL_1 Pol1,
    PKG_POL_2 Pol2,
    PKG_POL_3 Pol3,
    PKG_POL_4 Pol4,
    PKG_POL_5 Pol5,
    PKG_APP_1 App1,
    PKG_APP_2 App2,
    PKG_APP_3 App3,
    PKG_APP_4 App4,
    PKG_APP_5 App5,
    PKG_APP_6 App6,
    PKG_DEL_1 Del1,
    PKG_DEL_2 Del2,
    PKG_DEL_3 Del3,
    PKG_DEL_4 Del4,
    PKG_DEL_5 Del5,
    PKG_DEL_6 Del6,
    PKG_DEL_7 Del7,
    PKG_DEL_8 Del8,
    PKG_DEL_9 Del9,
    PKG_PAY_1 Pay1,
    PKG_PAY_2 Pay2,
    PKG_PAY_3 Pay3,
    PKG_PAY_4 Pay4,
    PKG_DLT_1 Dlt1,
    PKG_DLT_2 Dlt2,
    PKG_DLT_3 Dlt3,
    PKG_DLT_4 Dlt4,
    PKG_DLT_5 Dlt5,
    PKG_DLT_6 Dlt6,
    PKG_G1 G1,
    PKG_G2 G2,
    PKG_G3 G3,
    PKG_G4 G4,
    PKG_G5 G5,
    PKG_G6 G6,
    PKG_G7 G7,
    PKG_G8 G8,
    PKG_G9 G9,
    PKG_G10 G10,
    PKG_G11 G11,
    PKG_G12 G12,
    PKG_G13 G13,
    PKG_G14 G14,
    PKG_G15 G15,
    PKG_G16 G16,
    PKG_G17 G17,
    PKG_G18 G18,
    PKG_G19 G19,
    PKG_G20 G20,
    PKG_G21 G21,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_number() {
        for rule in Rule::ALL {
            assert_eq!(of_rule(*rule) as u32, u32::from(rule.number()), "{}", rule.id());
        }
        assert!(Rule::ALL.iter().all(|r| r.number() < 9000));
    }
}
