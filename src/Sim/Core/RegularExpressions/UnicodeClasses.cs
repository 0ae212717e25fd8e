using System.Collections.Concurrent;
using System.Globalization;

namespace Sim.Core.RegularExpressions;

/// <summary>Named sets of characters: Perl's, POSIX's and Unicode's general categories.</summary>
/// <remarks>
/// Go: regexp/syntax/perl_groups.go, unicode.Categories. RE2: re2/perl_groups.cc, unicode_groups.cc. Simplified: the
/// categories are those of this platform's Unicode version; scripts are known by name only.
/// </remarks>
internal static class UnicodeClasses
{
    private const string Categories = "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn";

    private static readonly HashSet<string> Scripts = [.. (
        "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki " +
        "Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee " +
        "Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra " +
        "Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati " +
        "Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic " +
        "Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li " +
        "Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu " +
        "Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin " +
        "Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar " +
        "Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki " +
        "Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian " +
        "Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician " +
        "Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian " +
        "Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil " +
        "Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi " +
        "Yezidi Yi Zanabazar_Square").Split(' ')];

    private static readonly ConcurrentDictionary<string, RuneSet> Known = new(StringComparer.Ordinal);

    private static readonly RuneSet Digit = RuneSet.Pairs("09");
    private static readonly RuneSet Word = RuneSet.Pairs("09AZ__az");
    private static readonly RuneSet Space = RuneSet.Pairs("\t\n\f\r  ");

    /// <summary>What <c>\d \D \s \S \w \W</c> stand for; null for other letters.</summary>
    public static RuneSet? Perl(char letter, bool isFolded)
    {
        RuneSet? set = (char)(letter | 0x20) switch
        {
            'd' => Digit,
            's' => Space,
            'w' => isFolded ? Word.Folded() : Word,
            _ => null,
        };
        return char.IsAsciiLetterUpper(letter) ? set?.Not() : set;
    }

    /// <summary>What <c>[:name:]</c> or <c>[:^name:]</c> stands for; null when nobody knows the name.</summary>
    public static RuneSet? Posix(string name, bool isFolded)
    {
        bool isNegative = name.StartsWith('^');
        string? pairs = (isNegative ? name[1..] : name) switch
        {
            "alnum" => "09AZaz",
            "alpha" => "AZaz",
            "ascii" => "\0\u007F",
            "blank" => "\t\t  ",
            "cntrl" => "\0\u001F\u007F\u007F",
            "digit" => "09",
            "graph" => "!~",
            "lower" => "az",
            "print" => " ~",
            "punct" => "!/:@[`{~",
            "space" => "\t\r  ",
            "upper" => "AZ",
            "word" => "09AZaz__",
            "xdigit" => "09AFaf",
            _ => null,
        };
        RuneSet? set = pairs is null ? null : RuneSet.Pairs(pairs);
        set = isFolded ? set?.Folded() : set;
        return isNegative ? set?.Not() : set;
    }

    /// <summary>What <c>\p{name}</c> stands for; null when it is no category.</summary>
    public static RuneSet? Category(string name)
    {
        bool isKnown = name == "Any" || (name is { Length: 1 or 2 } && char.IsAsciiLetterUpper(name[0])
            && name is not ("Cn" or "LC") && Values(name).Any());
        return isKnown ? Known.GetOrAdd(name, static n => n == "Any" ? RuneSet.Any : Collect(n)) : null;
    }

    /// <summary>Whether <c>\p{name}</c> names a script.</summary>
    public static bool IsScript(string name) => Scripts.Contains(name);

    private static RuneSet Collect(string name)
    {
        HashSet<int> wanted = [.. Values(name)];
        var ranges = new List<(int, int)>();
        for (int c = 0; c <= RuneSet.Last; c++)
        {
            if (!wanted.Contains((int)CharUnicodeInfo.GetUnicodeCategory(c)))
            {
                continue;
            }

            int low = c;
            while (c < RuneSet.Last && wanted.Contains((int)CharUnicodeInfo.GetUnicodeCategory(c + 1)))
            {
                c++;
            }

            ranges.Add((low, c));
        }

        return RuneSet.Of(ranges);
    }

    /// <summary>The categories of a name, as UnicodeCategory numbers them; unassigned belongs to none.</summary>
    private static IEnumerable<int> Values(string name)
    {
        for (int i = 0; i < (int)UnicodeCategory.OtherNotAssigned; i++)
        {
            string category = Categories.Substring(i * 2, 2);
            if (category == name || (name.Length == 1 && category[0] == name[0]))
            {
                yield return i;
            }
        }
    }
}
