using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>The header compiles everywhere, alone and without a warning.</summary>
public class Header
{
    public static TheoryData<string, string, bool> Languages()
    {
        var data = new TheoryData<string, string, bool>();
        foreach ((string compiler, string standard) in new[]
        {
            ("gcc", "c99"), ("gcc", "c11"), ("gcc", "gnu17"), ("g++", "c++17"), ("g++", "c++20"),
            ("clang", "c99"), ("clang", "c11"), ("clang", "gnu17"), ("clang++", "c++17"), ("clang++", "c++20"),
        })
        {
            data.Add(compiler, standard, false);
            data.Add(compiler, standard, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Header_compiles_without_a_warning(string compiler, string standard, bool unicode)
    {
        Compiler.Needed(compiler);
        using var source = new TemporaryFile("#include <crossmap.h>\nDWORD f(void);\nDWORD f(void) { return GetLastError(); }\n"u8.ToArray());
        Compiler.Compile(compiler,
        [
            $"-std={standard}", .. Compiler.Strict, .. unicode ? (string[])["-DUNICODE"] : [], "-I", BuiltLibrary.Include,
            "-x", compiler.EndsWith("++", StringComparison.Ordinal) ? "c++" : "c", "-fsyntax-only", source.Path,
        ]);
    }
}
