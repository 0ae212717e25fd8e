using System.Text;
using System.Text.Json;
using Sim.Envoy;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Claims as RBAC conditions see them.</summary>
internal sealed class ClaimReaderTests
{
    [Test]
    public void Texts_lists_and_structs_keep_their_shape()
    {
        MetadataValue claims = Claims(
            """{"sub":"alice","groups":["eu","us"],"realm":{"roles":["viewer"],"level":"gold"}}""");
        Assert.That(claims.Fields!.Keys, Is.EqualTo(new[] { "sub", "groups", "realm" }));
        Assert.That(claims.Fields["sub"].Text, Is.EqualTo("alice"));
        Assert.That(Texts(claims.Fields["groups"]), Is.EqualTo(new[] { "eu", "us" }));
        Assert.That(Texts(claims.Fields["realm"].Fields!["roles"]), Is.EqualTo(new[] { "viewer" }));
        Assert.That(claims.Fields["realm"].Fields!["level"].Text, Is.EqualTo("gold"));
    }

    [TestCase("7"), TestCase("1.5"), TestCase("true"), TestCase("null")]
    public void Anything_else_is_a_value_that_no_text_matches(string json) =>
        Assert.That(Claims("{\"c\":" + json + "}").Fields!["c"], Is.EqualTo(new MetadataValue()));

    [Test]
    public void A_text_separated_by_blanks_becomes_a_list_where_that_is_said()
    {
        MetadataValue split = ClaimReader.Split(
            Claims("""{"scope":" read  write ","permission":"a b","n":7,"list":["x y"]}"""),
            ["scope", "n", "list", "none"]);
        Assert.That(Texts(split.Fields!["scope"]), Is.EqualTo(new[] { "read", "write" }));
        Assert.That(split.Fields["scope"].Text, Is.Null);
        Assert.That(split.Fields["permission"].Text, Is.EqualTo("a b"));
        Assert.That(split.Fields["n"], Is.EqualTo(new MetadataValue()));
        Assert.That(Texts(split.Fields["list"]), Is.EqualTo(new[] { "x y" }));
        Assert.That(split.Fields, Has.Count.EqualTo(4));
    }

    [Test]
    public void Claims_without_such_a_text_stay_as_they_are()
    {
        MetadataValue claims = Claims("""{"sub":"a b"}""");
        Assert.That(ClaimReader.Split(claims, ["scope"]), Is.SameAs(claims));
        Assert.That(ClaimReader.Split(claims, []), Is.SameAs(claims));
        var text = new MetadataValue("a b");
        Assert.That(ClaimReader.Split(text, ["scope"]), Is.SameAs(text));
    }

    [Test]
    public void Claims_are_the_payload_of_the_token_filter()
    {
        RequestMetadata metadata = ClaimReader.Metadata(Claims("""{"sub":"alice"}"""))!;
        Assert.That(metadata.Find("envoy.filters.http.jwt_authn", ["payload", "sub"])!.Text, Is.EqualTo("alice"));
        Assert.That(metadata.FilterState, Is.Empty);
        Assert.That(ClaimReader.Metadata(null), Is.Null);
    }

    [Test]
    public void A_path_leads_through_structs_to_a_value()
    {
        var metadata = new RequestMetadata(
            new Dictionary<string, MetadataValue> { ["f"] = Claims("""{"a":{"b":"c"},"t":"x"}""") },
            new Dictionary<string, string>());
        Assert.That(metadata.Find("f", ["a", "b"])!.Text, Is.EqualTo("c"));
        Assert.That(metadata.Find("f", ["a"])!.Fields, Has.Count.EqualTo(1));
        Assert.That(metadata.Find("f", [])!.Fields, Has.Count.EqualTo(2));
        Assert.That(metadata.Find("f", ["b"]), Is.Null);
        Assert.That(metadata.Find("f", ["t", "x"]), Is.Null);
        Assert.That(metadata.Find("g", []), Is.Null);
        Assert.That(RequestMetadata.Empty.Find("f", ["a"]), Is.Null);
    }

    [TestCase("{}", true), TestCase("7", true), TestCase("{", false), TestCase("", false)]
    public void Json_is_told_from_other_bytes(string text, bool isJson)
    {
        Assert.That(ClaimReader.TryParse(Encoding.UTF8.GetBytes(text), out JsonElement value), Is.EqualTo(isJson));
        Assert.That(value.ValueKind == JsonValueKind.Undefined, Is.Not.EqualTo(isJson));
    }

    private static MetadataValue Claims(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ClaimReader.Read(document.RootElement);
    }

    private static IEnumerable<string?> Texts(MetadataValue list) => list.Items!.Select(static i => i.Text);
}
